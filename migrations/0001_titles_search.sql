-- Full-text index of titles, kept in step by triggers. It can always be made again from `titles`:
--   DELETE FROM titles_search; INSERT INTO titles_search (rowid, title) SELECT rowid, title FROM titles;
-- (needed after anything that renumbers or recreates `titles`, such as an import or a table rebuild).
CREATE VIRTUAL TABLE titles_search USING fts5(title, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3');
--> statement-breakpoint
CREATE TRIGGER titles_search_insert AFTER INSERT ON titles BEGIN
  INSERT INTO titles_search (rowid, title) VALUES (new.rowid, new.title);
END;
--> statement-breakpoint
CREATE TRIGGER titles_search_update AFTER UPDATE OF title ON titles BEGIN
  UPDATE titles_search SET title = new.title WHERE rowid = new.rowid;
END;
--> statement-breakpoint
CREATE TRIGGER titles_search_delete AFTER DELETE ON titles BEGIN
  DELETE FROM titles_search WHERE rowid = old.rowid;
END;
--> statement-breakpoint
INSERT INTO titles_search (rowid, title) SELECT rowid, title FROM titles;
