ALTER TABLE `renditions` ADD `remove_after` integer;--> statement-breakpoint
CREATE INDEX `renditions_removed` ON `renditions` (`remove_after`) WHERE remove_after is not null;--> statement-breakpoint
UPDATE `renditions` SET `remove_after` = (unixepoch() + 604800) * 1000 WHERE `status` = 'retired';
