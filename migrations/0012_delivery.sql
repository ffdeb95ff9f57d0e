CREATE TABLE `pathways` (
	`id` text PRIMARY KEY NOT NULL,
	`base_url` text NOT NULL,
	`countries` text,
	`asns` text,
	`priority` integer NOT NULL,
	`ttl_seconds` integer NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`name` text NOT NULL,
	`public_key` text NOT NULL,
	`change` integer NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_keys_change` ON `signing_keys` (`change`);--> statement-breakpoint
CREATE INDEX `signing_keys_producer` ON `signing_keys` (`producer_id`);--> statement-breakpoint
ALTER TABLE `titles` ADD `allowed_origins` text;--> statement-breakpoint
ALTER TABLE `titles` ADD `allows_native_players` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `titles` ADD `encryption` text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE `titles` ADD `encryption_changed_at` integer;