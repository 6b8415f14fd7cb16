import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrateWarehouse } from '../../../lambdas/migrate-warehouse/handler.ts';
import { PIPELINES } from '../../../lib/pipelines/index.ts';
import { VIEWS } from '../../../lib/warehouse/views.ts';
import { fakeRedshift, type FakeRedshift } from '../../support/redshift-schema.ts';

const SCHEMA = {
  Region: 'eu-central-1',
  LakeDatabase: 'millrace_dev',
  LakeRole: 'arn:aws:iam::1:role/lake',
  Brokers: 'b-1:9098,b-2:9098',
  StreamRole: 'arn:aws:iam::1:role/stream',
  AutoRefresh: 'false',
  Streams: [{ Topic: 'listening-events', Contract: 'listening_events' }],
};
const CONTEXT = { getRemainingTimeInMillis: () => 900_000 };
const TABLES = PIPELINES.flatMap(({ tables, workTables = [] }) => [...tables, ...workTables]);

let redshift: FakeRedshift;
beforeAll(async () => {
  redshift = await fakeRedshift();
}, 60_000);
beforeEach(() => redshift.reset());
afterAll(() => redshift.database.close());

function call(RequestType: 'Create' | 'Update' | 'Delete', ResourceType: string, properties: object) {
  const event = { RequestType, ResourceType, PhysicalResourceId: 'former', ResourceProperties: { ServiceToken: 's', ...properties } };
  return migrateWarehouse(redshift)(event as unknown as CloudFormationCustomResourceEvent, CONTEXT);
}
const schema = (request: 'Create' | 'Update', changes: object = {}) => call(request, 'Custom::WarehouseSchema', { ...SCHEMA, ...changes });
const loader = (RoleName: string) => call('Create', 'Custom::WarehouseLoader', { RoleName });

/** What was sent while `work` ran. */
async function sentBy(work: () => Promise<unknown>): Promise<string[]> {
  redshift.sent.length = 0;
  await work();
  return [...redshift.sent];
}

async function rows<R>(sql: string): Promise<R[]> {
  return (await redshift.database.query<R>(sql)).rows;
}

describe('the schema', () => {
  test('has the tables of all contracts, the views of people, the lake, the topics and a view of each stream once it is made', async () => {
    expect(await schema('Create')).toEqual({ physicalId: 'schema' });
    const columns = await rows<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'millrace' AND table_name NOT LIKE 'listening_events%' AND table_name <> 'migrations'`,
    );
    expect(columns.map(({ name }) => name).toSorted()).toEqual(
      [
        ...TABLES.flatMap((table) => table.fields.map((field) => `${table.name}.${field.name}`)),
        ...VIEWS.flatMap((view) => Object.keys(view.columns).map((column) => `${view.name}.${column}`)),
      ].toSorted(),
    );
    expect(redshift.sent).toContain(
      "CREATE EXTERNAL SCHEMA IF NOT EXISTS lake FROM DATA CATALOG DATABASE 'millrace_dev' REGION 'eu-central-1' IAM_ROLE 'arn:aws:iam::1:role/lake'",
    );
    expect(redshift.sent).toContain(
      "CREATE EXTERNAL SCHEMA IF NOT EXISTS kafka FROM KAFKA IAM_ROLE 'arn:aws:iam::1:role/stream' AUTHENTICATION IAM URI 'b-1:9098,b-2:9098'",
    );
    expect(redshift.sent).toContain(
      'CREATE OR REPLACE PROCEDURE millrace."refresh_listening_events_stream"() AS $$ BEGIN REFRESH MATERIALIZED VIEW millrace."listening_events_stream"; END; $$ LANGUAGE plpgsql SECURITY DEFINER',
    );
    expect(await rows('SELECT name FROM millrace.migrations ORDER BY name')).toEqual(
      [
        ...['kafka-schema', 'lake-schema'],
        ...['procedure', 'refresh', 'stream', 'view'].map((part) => `listening_events/${part}`),
        ...VIEWS.map(({ name }) => `views/${name}`).toSorted(),
      ].map((name) => ({ name })),
    );
  });

  test('has the views, with the columns that are documented; anybody may read them', async () => {
    await schema('Create');
    await redshift.database.exec('CREATE USER somebody');
    for (const { name, columns } of VIEWS) {
      const { fields } = await redshift.database.query(`SELECT * FROM millrace."${name}" LIMIT 0`);
      expect(fields.map((field) => field.name)).toEqual(Object.keys(columns));
      expect(await rows(`SELECT has_table_privilege('somebody', 'millrace.${name}', 'SELECT') AS reads`)).toEqual([{ reads: true }]);
    }
  });

  test('makes a view anew when its text is another, at once or not at all, and no other', async () => {
    await schema('Create');
    await redshift.database.exec(`UPDATE millrace.migrations SET text_hash = 'another' WHERE name = 'views/listeners'`);
    redshift.failOn = 'COMMENT ON VIEW millrace."listeners"';
    await expect(schema('Update')).rejects.toThrow('listeners');
    // Readers have the view that was there.
    expect((await redshift.database.query('SELECT * FROM millrace.listeners LIMIT 0')).fields.length).toBeGreaterThan(0);
    redshift.failOn = undefined;
    const sent = await sentBy(() => schema('Update'));
    expect(sent.filter((sql) => /^(CREATE|DROP)/.test(sql) && !sql.includes('IF NOT EXISTS')).map((sql) => sql.split('\n')[0])).toEqual([
      'DROP VIEW IF EXISTS millrace."listeners"',
      'CREATE VIEW millrace."listeners" AS',
    ]);
  });

  // https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html: PostgreSQL would take them.
  test('uses no function that Redshift keeps from its tables', async () => {
    const sent = await sentBy(() => schema('Create'));
    expect(
      sent.filter((sql) => /\b(CURRENT_TIMESTAMP|CURRENT_TIME|LOCALTIME|NOW\s*\(|AGE\s*\(|CURRENT_SCHEMA|SUBSTR\s*\()/i.test(sql)),
    ).toEqual([]);
    const [journal] = await rows<{ age: number }>(
      'SELECT max(abs(extract(epoch FROM now() - applied_at)))::int AS age FROM millrace.migrations',
    );
    expect(journal!.age).toBeLessThan(14 * 60 * 60);
  });

  test('is left as it is by a deployment that changes none of it', async () => {
    await schema('Create');
    const sent = await sentBy(() => schema('Update'));
    expect(sent.filter((sql) => !/^(SELECT|GRANT)|IF NOT EXISTS/.test(sql))).toEqual([]);
  });

  test('gains a column that a contract gained, and keeps its rows', async () => {
    await schema('Create');
    await redshift.database.exec(`
      ALTER TABLE millrace.daily_activity DROP COLUMN cancellations;
      INSERT INTO millrace.daily_activity (activity_date) VALUES ('2018-11-01')`);
    const sent = await sentBy(() => schema('Update'));
    expect(sent.filter((sql) => sql.startsWith('ALTER TABLE'))).toEqual([
      'ALTER TABLE "millrace"."daily_activity" ADD COLUMN "cancellations" bigint',
    ]);
    expect(await rows('SELECT count(*)::int AS n, max(cancellations) AS c FROM millrace.daily_activity')).toEqual([{ n: 1, c: null }]);
  });

  test('follows brokers that are others without a stream made anew', async () => {
    await schema('Create');
    const sent = await sentBy(() => schema('Update', { Brokers: 'b-9:9098' }));
    expect(sent.filter((sql) => sql.startsWith('ALTER EXTERNAL'))).toEqual([
      "ALTER EXTERNAL SCHEMA kafka IAM_ROLE 'arn:aws:iam::1:role/stream' AUTHENTICATION IAM URI 'b-9:9098'",
    ]);
    expect(sent.filter((sql) => sql.includes('MATERIALIZED'))).toEqual([]);
  });

  test('is refreshed on its own or not, as the environment says, also after a stream is made anew', async () => {
    const refreshed = () => rows(`SELECT obj_description('millrace.listening_events_stream'::regclass) AS auto`);
    await schema('Create', { AutoRefresh: 'true' });
    expect(await refreshed()).toEqual([{ auto: 'YES' }]);
    const Streams = [{ Topic: 'other-events', Contract: 'listening_events' }];
    const sent = await sentBy(() => schema('Update', { AutoRefresh: 'true', Streams }));
    expect(sent.filter((sql) => sql.startsWith('CREATE MATERIALIZED')).join()).toContain('FROM kafka."other-events"');
    expect(await refreshed()).toEqual([{ auto: 'YES' }]);
    await schema('Update', { AutoRefresh: 'false', Streams });
    expect(await refreshed()).toEqual([{ auto: 'NO' }]);
  });

  test('goes on where a deployment failed', async () => {
    redshift.failOn = 'CREATE EXTERNAL SCHEMA IF NOT EXISTS kafka';
    await expect(schema('Create')).rejects.toThrow('kafka');
    redshift.failOn = undefined;
    const sent = await sentBy(() => schema('Create'));
    expect(sent.filter((sql) => sql.startsWith('CREATE EXTERNAL')).map((sql) => sql.slice(0, 46))).toEqual([
      'CREATE EXTERNAL SCHEMA IF NOT EXISTS kafka FRO',
    ]);
  });

  test('is not touched by its deletion', async () => {
    expect(await call('Delete', 'Custom::WarehouseSchema', SCHEMA)).toEqual({ physicalId: 'former' });
    expect(redshift.sent).toEqual([]);
  });

  test.each([{ AutoRefresh: 'yes' }, { Brokers: '' }, { Streams: [{ Topic: 't', Contract: 'none' }] }])(
    'is refused with %j, before anything is sent',
    async (changes) => {
      await expect(schema('Create', changes)).rejects.toThrow();
      expect(redshift.sent).toEqual([]);
    },
  );
});

describe('a loader', () => {
  const ROLE = 'millrace-dev-pipelines-ChurnRole9ABC';
  const may = (user: string, table: string) =>
    rows(`SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
      WHERE has_table_privilege('${user}', 'millrace.${table}', privilege)`).then((found) =>
      (found as { privilege: string }[]).map(({ privilege }) => privilege),
    );

  test('may change rows of tables, merging included, and nothing else; everybody else may read', async () => {
    await schema('Create');
    expect(await loader(ROLE)).toEqual({ physicalId: `IAMR:${ROLE}` });
    await redshift.database.exec('CREATE USER somebody');
    for (const { name } of TABLES) {
      expect(await may(`IAMR:${ROLE}`, name)).toEqual(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);
      expect(await may('somebody', name)).toEqual(['SELECT']);
    }
    expect(await may(`IAMR:${ROLE}`, 'migrations')).toEqual(['SELECT']);
    expect(await rows(`SELECT has_schema_privilege('somebody', 'millrace', 'CREATE') AS creates`)).toEqual([{ creates: false }]);
  });

  test('is made once, also where the role has signed in before', async () => {
    await schema('Create');
    await redshift.database.exec(`CREATE USER "IAMR:${ROLE}"`);
    await loader(ROLE);
    expect(await sentBy(() => loader(ROLE))).toEqual([expect.stringMatching(/^SELECT/), expect.stringMatching(/^SELECT/)]);
  });

  test('stays when its resource is deleted', async () => {
    expect(await call('Delete', 'Custom::WarehouseLoader', { RoleName: ROLE })).toEqual({ physicalId: 'former' });
    expect(redshift.sent).toEqual([]);
  });
});

test('a resource of another type is refused', async () => {
  await expect(call('Create', 'Custom::Other', {})).rejects.toThrow(
    'resource must be Custom::WarehouseSchema or Custom::WarehouseLoader, got Custom::Other',
  );
});
