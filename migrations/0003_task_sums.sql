-- Forgets the sums of an asset's tasks (`assets.task_sums`) when one of them changes its status; who asks next adds them up
-- again (workers/pipeline/tasks/task-sums.ts). Progress and leases are no change: a running task's are read where they stand.
CREATE TRIGGER task_sums_insert AFTER INSERT ON tasks BEGIN
  UPDATE assets SET task_sums = NULL WHERE id = new.asset_id AND task_sums IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER task_sums_update AFTER UPDATE OF status, planned_seconds, cpu_seconds ON tasks BEGIN
  UPDATE assets SET task_sums = NULL WHERE id = new.asset_id AND task_sums IS NOT NULL;
END;
