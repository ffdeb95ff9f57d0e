CREATE TABLE `policy_versions` (
	`scope` text NOT NULL,
	`version` integer NOT NULL,
	`kind` text NOT NULL,
	`document` text NOT NULL,
	`producer_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`scope`, `version`)
);
--> statement-breakpoint
ALTER TABLE `titles` ADD `policy_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `titles` ADD `has_own_policy` integer DEFAULT false NOT NULL;