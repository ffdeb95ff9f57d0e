ALTER TABLE `renditions` ADD `verified_at` integer;--> statement-breakpoint
CREATE INDEX `renditions_verified` ON `renditions` (`verified_at`) WHERE status = 'ready' and root_hash is not null;