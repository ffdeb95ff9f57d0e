-- The films that viewers search: one row for each title that was ever on the shelf, by its position there. Everything in this
-- database can be made again from the catalogue (docs/operations.md, "The search").
CREATE TABLE films (
  position INTEGER PRIMARY KEY,
  title_id TEXT NOT NULL,
  -- The title's words as workers/shared/fold-text.ts folds them; empty when it can't be watched now.
  words TEXT NOT NULL,
  -- Hash of the title's own rules, in `rights_classes`; empty when it can't be watched now.
  class TEXT NOT NULL,
  -- `FilmCard` (workers/playback/shelf/shelf-objects.ts) as JSON.
  card TEXT NOT NULL,
  -- Number of the catalogue's newest change when the row was made: an older one never replaces a newer one.
  seq INTEGER NOT NULL
);
--> statement-breakpoint
CREATE INDEX films_title ON films (title_id);
--> statement-breakpoint
-- `ClassRules` (workers/playback/shelf/shelf-objects.ts) as JSON, by their hash. A row never changes.
CREATE TABLE rights_classes (hash TEXT PRIMARY KEY, rules TEXT NOT NULL) WITHOUT ROWID;
--> statement-breakpoint
CREATE VIRTUAL TABLE films_search USING fts5(
  words, content = 'films', content_rowid = 'position', tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'",
  prefix = '2 3 4 5 6'
);
--> statement-breakpoint
CREATE TRIGGER films_insert AFTER INSERT ON films BEGIN
  INSERT INTO films_search (rowid, words) VALUES (new.position, new.words);
END;
--> statement-breakpoint
CREATE TRIGGER films_update AFTER UPDATE OF words ON films WHEN old.words <> new.words BEGIN
  INSERT INTO films_search (films_search, rowid, words) VALUES ('delete', old.position, old.words);
  INSERT INTO films_search (rowid, words) VALUES (new.position, new.words);
END;
