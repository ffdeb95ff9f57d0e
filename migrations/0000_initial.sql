CREATE TABLE `assets` (
	`id` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`title_id` text NOT NULL,
	`upload_id` text NOT NULL,
	`status` text NOT NULL,
	`work` text DEFAULT 'open' NOT NULL,
	`filename` text NOT NULL,
	`language` text,
	`source_key` text NOT NULL,
	`source_bytes` integer NOT NULL,
	`source_etag` text NOT NULL,
	`source_sha256` text,
	`source_read_at` integer,
	`scrub_at` integer DEFAULT 0 NOT NULL,
	`mezzanine_bytes` integer,
	`inspection` text,
	`plan` text,
	`recipe` text,
	`recipe_hash` text,
	`task_sums` text,
	`revision` integer DEFAULT 0 NOT NULL,
	`copied_revision` integer DEFAULT 0 NOT NULL,
	`duration_seconds` real,
	`poster_key` text,
	`poster_width` integer,
	`poster_height` integer,
	`verified_at` integer,
	`error_code` text,
	`error_detail` text,
	`error_log` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`ready_at` integer,
	`deleted_at` integer,
	`deleted_by` text,
	`archived_at` integer,
	`purged_at` integer
);
--> statement-breakpoint
CREATE INDEX `assets_deleted` ON `assets` (`producer_id`,`created_at`,`id`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `assets_waiting` ON `assets` (`updated_at`,`id`) WHERE status = 'waiting' and deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_open` ON `assets` (`producer_id`,`id`) WHERE work = 'open' and deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_failed` ON `assets` (`updated_at`,`id`) WHERE work = 'failed' and deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_archiving` ON `assets` (`updated_at`,`id`) WHERE work = 'done' and plan is not null and deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_purging` ON `assets` (`deleted_at`,`id`) WHERE deleted_at is not null and purged_at is null;--> statement-breakpoint
CREATE INDEX `assets_producer` ON `assets` (`producer_id`,`created_at`,`id`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_changed` ON `assets` (`producer_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `assets_title` ON `assets` (`title_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `assets_upload` ON `assets` (`upload_id`);--> statement-breakpoint
CREATE INDEX `assets_scrub` ON `assets` (`scrub_at`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_uncopied` ON `assets` (`id`) WHERE revision > copied_revision and deleted_at is null;--> statement-breakpoint
CREATE INDEX `assets_copied_gone` ON `assets` (`id`) WHERE copied_revision > 0 and purged_at is not null;--> statement-breakpoint
CREATE INDEX `assets_source_read` ON `assets` (`source_read_at`) WHERE deleted_at is null;--> statement-breakpoint
CREATE TABLE `renditions` (
	`asset_id` text NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`label` text NOT NULL,
	`status` text NOT NULL,
	`codecs` text,
	`width` integer,
	`height` integer,
	`frame_rate` real,
	`channels` integer,
	`language` text,
	`is_default` integer DEFAULT false NOT NULL,
	`is_forced` integer DEFAULT false NOT NULL,
	`is_sdh` integer DEFAULT false NOT NULL,
	`loudness` text,
	`note` text,
	`bandwidth` integer,
	`average_bandwidth` integer,
	`iframe_bandwidth` integer,
	`segment_count` integer,
	`frame_count` integer,
	`bytes` integer,
	`duration_seconds` real,
	`root_hash` text,
	`remove_after` integer,
	PRIMARY KEY(`asset_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `renditions_removed` ON `renditions` (`remove_after`,`asset_id`,`key`) WHERE remove_after is not null;--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`name` text NOT NULL,
	`key_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`made_by` text,
	`last_used_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_producer` ON `api_keys` (`producer_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `api_keys_created` ON `api_keys` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `api_keys_made_by` ON `api_keys` (`made_by`);--> statement-breakpoint
CREATE TABLE `producer_usage` (
	`producer_id` text PRIMARY KEY NOT NULL,
	`bytes_stored` integer DEFAULT 0 NOT NULL,
	`films` integer DEFAULT 0 NOT NULL,
	`ended_uploads` integer DEFAULT 0 NOT NULL,
	`open_tasks` integer DEFAULT 0 NOT NULL,
	`policy_bytes` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `producers` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`is_operator` integer DEFAULT false NOT NULL,
	`quotas` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`api_key_id` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sessions_expiring` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE INDEX `sessions_producer` ON `sessions` (`producer_id`,`expires_at`);--> statement-breakpoint
CREATE INDEX `sessions_key` ON `sessions` (`api_key_id`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`name` text NOT NULL,
	`public_key` text NOT NULL,
	`api_key_id` text NOT NULL,
	`change` integer NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_keys_change` ON `signing_keys` (`change`);--> statement-breakpoint
CREATE INDEX `signing_keys_producer` ON `signing_keys` (`producer_id`);--> statement-breakpoint
CREATE INDEX `signing_keys_revoked` ON `signing_keys` (`revoked_at`) WHERE revoked_at is not null;--> statement-breakpoint
CREATE TABLE `alarms` (
	`code` text PRIMARY KEY NOT NULL,
	`detail` text NOT NULL,
	`raised_at` integer NOT NULL,
	`last_seen_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE TABLE `changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`scope` text NOT NULL,
	`id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	`rerun_at` integer
);
--> statement-breakpoint
CREATE INDEX `dead_letters_created` ON `dead_letters` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `dead_letters_rerun` ON `dead_letters` (`rerun_at`) WHERE rerun_at is not null;--> statement-breakpoint
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
CREATE TABLE `service_state` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`asset_id` text NOT NULL,
	`producer_id` text DEFAULT '' NOT NULL,
	`kind` text NOT NULL,
	`ordinal` integer NOT NULL,
	`priority` integer NOT NULL,
	`stage` integer NOT NULL,
	`needs` integer DEFAULT -1 NOT NULL,
	`status` text NOT NULL,
	`spec` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`deaths` integer DEFAULT 0 NOT NULL,
	`lease` text,
	`lease_until` integer,
	`not_before` integer DEFAULT 0 NOT NULL,
	`progress` real DEFAULT 0 NOT NULL,
	`planned_seconds` real DEFAULT 1 NOT NULL,
	`report_key` text,
	`error_code` text,
	`error_detail` text,
	`error_log` text,
	`cpu_seconds` real,
	`queued_at` integer,
	`resent_at` integer,
	`silent_since` integer GENERATED ALWAYS AS (max(coalesce(queued_at, 0), not_before, coalesce(resent_at, 0))) VIRTUAL,
	`started_at` integer,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `tasks_asset` ON `tasks` (`asset_id`,`status`,`stage`,`priority`);--> statement-breakpoint
CREATE INDEX `tasks_queued` ON `tasks` ((kind = 'video'),`producer_id`,`priority`,`asset_id`,`queued_at`,`ordinal`) WHERE status = 'queued';--> statement-breakpoint
CREATE INDEX `tasks_running` ON `tasks` (`lease_until`) WHERE status = 'running';--> statement-breakpoint
CREATE INDEX `tasks_producer_running` ON `tasks` (`producer_id`) WHERE status = 'running';--> statement-breakpoint
CREATE INDEX `tasks_encoded` ON `tasks` (`finished_at`) WHERE status = 'done' and kind = 'video' and cpu_seconds > 0;--> statement-breakpoint
CREATE INDEX `tasks_silent` ON `tasks` (`silent_since`) WHERE status = 'queued';--> statement-breakpoint
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
CREATE TABLE `titles` (
	`id` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`slug` text NOT NULL,
	`kind` text DEFAULT 'movie' NOT NULL,
	`title` text NOT NULL,
	`language` text,
	`allowed_countries` text,
	`blocked_countries` text DEFAULT '[]' NOT NULL,
	`policy_version` integer DEFAULT 0 NOT NULL,
	`has_own_policy` integer DEFAULT false NOT NULL,
	`allowed_origins` text,
	`allows_native_players` integer DEFAULT true NOT NULL,
	`poster_access` text DEFAULT 'rules' NOT NULL,
	`asset_id` text,
	`encryption` text DEFAULT 'none' NOT NULL,
	`encryption_changed_at` integer,
	`shelf_position` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`deleted_by` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `titles_slug` ON `titles` (`slug`);--> statement-breakpoint
CREATE INDEX `titles_created` ON `titles` (`created_at`);--> statement-breakpoint
CREATE INDEX `titles_deleted` ON `titles` (`producer_id`,`created_at`,`id`) WHERE deleted_at is not null;--> statement-breakpoint
CREATE INDEX `titles_producer` ON `titles` (`producer_id`,`created_at`,`id`) WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX `titles_versions` ON `titles` (`id`) WHERE policy_version > 2;--> statement-breakpoint
CREATE UNIQUE INDEX `titles_shelf` ON `titles` (`shelf_position`);--> statement-breakpoint
CREATE TABLE `upload_parts` (
	`upload_id` text NOT NULL,
	`part_number` integer NOT NULL,
	`etag` text NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`upload_id`, `part_number`)
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`producer_id` text NOT NULL,
	`asset_id` text NOT NULL,
	`title_id` text NOT NULL,
	`status` text NOT NULL,
	`filename` text NOT NULL,
	`filetype` text,
	`title` text,
	`language` text,
	`metadata` text DEFAULT '' NOT NULL,
	`length` integer,
	`offset` integer DEFAULT 0 NOT NULL,
	`part_bytes` integer NOT NULL,
	`next_part` integer DEFAULT 1 NOT NULL,
	`writer` integer DEFAULT 0 NOT NULL,
	`writing` integer DEFAULT false NOT NULL,
	`tail` text DEFAULT '[]' NOT NULL,
	`tail_bytes` integer DEFAULT 0 NOT NULL,
	`source_key` text NOT NULL,
	`multipart_id` text NOT NULL,
	`error_code` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `uploads_source` ON `uploads` (`source_key`);--> statement-breakpoint
CREATE INDEX `uploads_waiting` ON `uploads` (`expires_at`,`id`) WHERE status = 'waiting';--> statement-breakpoint
CREATE INDEX `uploads_whole` ON `uploads` (`updated_at`,`id`) WHERE status = 'waiting' and "offset" = "length";--> statement-breakpoint
CREATE INDEX `uploads_ended` ON `uploads` (`updated_at`,`id`) WHERE status <> 'waiting';--> statement-breakpoint
CREATE INDEX `uploads_producer` ON `uploads` (`producer_id`,`status`);--> statement-breakpoint
CREATE INDEX `uploads_created` ON `uploads` (`producer_id`,`created_at`,`id`);