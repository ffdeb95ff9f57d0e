ALTER TABLE `uploads` ADD `metadata` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `uploads_created` ON `uploads` (`producer_id`,`created_at`);