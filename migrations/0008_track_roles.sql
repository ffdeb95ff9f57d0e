ALTER TABLE `renditions` ADD `is_default` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `renditions` ADD `is_forced` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `renditions` ADD `is_sdh` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `renditions` ADD `note` text;