import { expect, test } from 'vitest';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { song } from '../../lib/contracts/song.ts';
import { stagingStatements } from '../../lib/warehouse/staging-statements.ts';

const AT = { staged: 's3://bucket/staged', copyRole: 'arn:aws:iam::111122223333:role/copy', region: 'eu-central-1' };
const tables = (statements: readonly string[]) => statements.map((sql) => /^COPY millrace\."(\w+)"/.exec(sql)?.[1]);

test('rows, rejects and, last, the files themselves are copied, each from its own manifest', () => {
  const statements = stagingStatements(song, AT);
  expect(tables(statements)).toEqual(['staged_catalogue_songs', 'staged_rejects', 'staged_files']);
  expect(statements.map((sql) => / FROM '([^']+)'/.exec(sql)?.[1])).toEqual(
    ['rows', 'rejects', 'files'].map((kind) => `s3://bucket/staged/catalogue_songs/manifests/${kind}.json`),
  );
});

test('data sets that are staged side by side take tables in the same order, so that neither waits for the other for ever', () => {
  const shared = (dataset: typeof song | typeof listeningEvent) => tables(stagingStatements(dataset, AT)).slice(1);
  expect(shared(song)).toEqual(shared(listeningEvent));
});

test('nothing is cut, guessed or let pass: too long, too odd or missing files fail the load', () => {
  for (const sql of stagingStatements(listeningEvent, AT)) {
    expect(sql).toContain("IAM_ROLE 'arn:aws:iam::111122223333:role/copy' REGION 'eu-central-1'");
    expect(sql).toMatch(/FORMAT JSON 'auto' MANIFEST GZIP TIMEFORMAT 'auto'/);
    expect(sql).not.toMatch(/TRUNCATECOLUMNS|MAXERROR|ACCEPT|EMPTYASNULL|BLANKSASNULL|ROUNDEC/);
  }
});
