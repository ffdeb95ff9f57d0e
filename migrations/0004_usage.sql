-- Counts what each producer has of what quotas bound (`producer_usage`, workers/catalog/quotas.ts), beside the change itself: so
-- a check reads one row, whatever the size of the library.
CREATE TRIGGER usage_producer_insert AFTER INSERT ON producers
WHEN NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.id) BEGIN
  INSERT INTO producer_usage (producer_id) VALUES (new.id);
END;
--> statement-breakpoint
CREATE TRIGGER usage_asset_insert AFTER INSERT ON assets WHEN new.purged_at IS NULL BEGIN
  INSERT INTO producer_usage (producer_id)
    SELECT new.producer_id WHERE NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.producer_id);
  UPDATE producer_usage SET films = films + 1, bytes_stored = bytes_stored + new.source_bytes
    WHERE producer_id = new.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_asset_update AFTER UPDATE OF producer_id, source_bytes, purged_at ON assets BEGIN
  UPDATE producer_usage SET films = films - 1, bytes_stored = bytes_stored - old.source_bytes
    WHERE producer_id = old.producer_id AND old.purged_at IS NULL;
  INSERT INTO producer_usage (producer_id)
    SELECT new.producer_id WHERE NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.producer_id);
  UPDATE producer_usage SET films = films + 1, bytes_stored = bytes_stored + new.source_bytes
    WHERE producer_id = new.producer_id AND new.purged_at IS NULL;
END;
--> statement-breakpoint
CREATE TRIGGER usage_asset_delete AFTER DELETE ON assets BEGIN
  UPDATE producer_usage SET films = films - 1, bytes_stored = bytes_stored - old.source_bytes
    WHERE producer_id = old.producer_id AND old.purged_at IS NULL;
  UPDATE producer_usage SET open_tasks = open_tasks
      - (SELECT count(*) FROM tasks WHERE asset_id = old.id AND status IN ('pending', 'queued', 'running'))
    WHERE producer_id = old.producer_id AND old.work = 'open' AND old.deleted_at IS NULL;
END;
--> statement-breakpoint
-- Open tasks are those of films that are worked on: a film that is deleted, or has failed, takes them along until it is back.
CREATE TRIGGER usage_work_update AFTER UPDATE OF work, deleted_at ON assets
WHEN (old.work = 'open' AND old.deleted_at IS NULL) <> (new.work = 'open' AND new.deleted_at IS NULL) BEGIN
  UPDATE producer_usage SET open_tasks = open_tasks
      + (CASE WHEN new.work = 'open' AND new.deleted_at IS NULL THEN 1 ELSE -1 END)
      * (SELECT count(*) FROM tasks WHERE asset_id = new.id AND status IN ('pending', 'queued', 'running'))
    WHERE producer_id = new.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_task_insert AFTER INSERT ON tasks WHEN new.status IN ('pending', 'queued', 'running') BEGIN
  UPDATE producer_usage SET open_tasks = open_tasks + 1
    WHERE producer_id = (SELECT producer_id FROM assets WHERE id = new.asset_id AND work = 'open' AND deleted_at IS NULL);
END;
--> statement-breakpoint
CREATE TRIGGER usage_task_update AFTER UPDATE OF status ON tasks
WHEN (old.status IN ('pending', 'queued', 'running')) <> (new.status IN ('pending', 'queued', 'running')) BEGIN
  UPDATE producer_usage SET open_tasks = open_tasks
      + (CASE WHEN new.status IN ('pending', 'queued', 'running') THEN 1 ELSE -1 END)
    WHERE producer_id = (SELECT producer_id FROM assets WHERE id = new.asset_id AND work = 'open' AND deleted_at IS NULL);
END;
--> statement-breakpoint
CREATE TRIGGER usage_task_delete AFTER DELETE ON tasks WHEN old.status IN ('pending', 'queued', 'running') BEGIN
  UPDATE producer_usage SET open_tasks = open_tasks - 1
    WHERE producer_id = (SELECT producer_id FROM assets WHERE id = old.asset_id AND work = 'open' AND deleted_at IS NULL);
END;
--> statement-breakpoint
CREATE TRIGGER usage_upload_insert AFTER INSERT ON uploads WHEN new.status IN ('errored', 'cancelled', 'timed_out') BEGIN
  INSERT INTO producer_usage (producer_id)
    SELECT new.producer_id WHERE NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.producer_id);
  UPDATE producer_usage SET ended_uploads = ended_uploads + 1 WHERE producer_id = new.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_upload_update AFTER UPDATE OF status ON uploads
WHEN (old.status IN ('errored', 'cancelled', 'timed_out')) <> (new.status IN ('errored', 'cancelled', 'timed_out')) BEGIN
  INSERT INTO producer_usage (producer_id)
    SELECT new.producer_id WHERE NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.producer_id);
  UPDATE producer_usage SET ended_uploads = ended_uploads
      + (CASE WHEN new.status IN ('errored', 'cancelled', 'timed_out') THEN 1 ELSE -1 END)
    WHERE producer_id = new.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_upload_delete AFTER DELETE ON uploads WHEN old.status IN ('errored', 'cancelled', 'timed_out') BEGIN
  UPDATE producer_usage SET ended_uploads = ended_uploads - 1 WHERE producer_id = old.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_policy_insert AFTER INSERT ON policy_versions BEGIN
  INSERT INTO producer_usage (producer_id)
    SELECT new.producer_id WHERE NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.producer_id);
  UPDATE producer_usage SET policy_bytes = policy_bytes + octet_length(new.document) WHERE producer_id = new.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_policy_update AFTER UPDATE OF document, producer_id ON policy_versions BEGIN
  UPDATE producer_usage SET policy_bytes = policy_bytes - octet_length(old.document) WHERE producer_id = old.producer_id;
  INSERT INTO producer_usage (producer_id)
    SELECT new.producer_id WHERE NOT EXISTS (SELECT 1 FROM producer_usage WHERE producer_id = new.producer_id);
  UPDATE producer_usage SET policy_bytes = policy_bytes + octet_length(new.document) WHERE producer_id = new.producer_id;
END;
--> statement-breakpoint
CREATE TRIGGER usage_policy_delete AFTER DELETE ON policy_versions BEGIN
  UPDATE producer_usage SET policy_bytes = policy_bytes - octet_length(old.document) WHERE producer_id = old.producer_id;
END;
