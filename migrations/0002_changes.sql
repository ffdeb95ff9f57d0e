-- Notes what has changed, beside the change itself: see `changes` in workers/catalog/schema.ts.
-- Rows that only note progress (leases, offsets, when something was verified) are no change for anybody.
CREATE TRIGGER changes_title_insert AFTER INSERT ON titles BEGIN
  INSERT INTO changes (scope, id) VALUES ('title', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_title_update AFTER UPDATE ON titles BEGIN
  INSERT INTO changes (scope, id) VALUES ('title', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_title_delete AFTER DELETE ON titles BEGIN
  INSERT INTO changes (scope, id) VALUES ('title', old.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_asset_insert AFTER INSERT ON assets BEGIN
  INSERT INTO changes (scope, id) VALUES ('asset', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_asset_update
AFTER UPDATE OF title_id, producer_id, status, revision, source_sha256, recipe, deleted_at, purged_at ON assets BEGIN
  INSERT INTO changes (scope, id) VALUES ('asset', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_policy_insert AFTER INSERT ON policy_versions BEGIN
  INSERT INTO changes (scope, id) VALUES ('policy', new.scope || '/' || new.version);
END;
--> statement-breakpoint
CREATE TRIGGER changes_producer_insert AFTER INSERT ON producers BEGIN
  INSERT INTO changes (scope, id) VALUES ('producer', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_producer_update AFTER UPDATE ON producers BEGIN
  INSERT INTO changes (scope, id) VALUES ('producer', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_api_key_insert AFTER INSERT ON api_keys BEGIN
  INSERT INTO changes (scope, id) VALUES ('api_key', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_api_key_update AFTER UPDATE OF producer_id, name, key_hash, revoked_at ON api_keys BEGIN
  INSERT INTO changes (scope, id) VALUES ('api_key', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_signing_key_insert AFTER INSERT ON signing_keys BEGIN
  INSERT INTO changes (scope, id) VALUES ('signing_key', new.kid);
END;
--> statement-breakpoint
CREATE TRIGGER changes_signing_key_update AFTER UPDATE ON signing_keys BEGIN
  INSERT INTO changes (scope, id) VALUES ('signing_key', new.kid);
END;
--> statement-breakpoint
CREATE TRIGGER changes_upload_insert AFTER INSERT ON uploads BEGIN
  INSERT INTO changes (scope, id) VALUES ('upload', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_upload_update AFTER UPDATE OF status ON uploads BEGIN
  INSERT INTO changes (scope, id) VALUES ('upload', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_pathway_insert AFTER INSERT ON pathways BEGIN
  INSERT INTO changes (scope, id) VALUES ('pathway', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_pathway_update AFTER UPDATE ON pathways BEGIN
  INSERT INTO changes (scope, id) VALUES ('pathway', new.id);
END;
--> statement-breakpoint
CREATE TRIGGER changes_pathway_delete AFTER DELETE ON pathways BEGIN
  INSERT INTO changes (scope, id) VALUES ('pathway', old.id);
END;
