ALTER TABLE `assets` ADD `work` text DEFAULT 'open' NOT NULL;--> statement-breakpoint
CREATE INDEX `assets_work` ON `assets` (`work`,`status`);--> statement-breakpoint
ALTER TABLE `tasks` ADD `needs` integer DEFAULT -1 NOT NULL;--> statement-breakpoint
CREATE INDEX `tasks_queued` ON `tasks` (`priority`,`queued_at`) WHERE status = 'queued';--> statement-breakpoint
UPDATE `assets` SET `work` = CASE `status` WHEN 'ready' THEN 'done' WHEN 'errored' THEN 'failed' ELSE 'open' END;
