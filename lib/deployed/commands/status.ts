import { DescribeAlarmsCommand, GetMetricDataCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { columns } from '../../cli/table.ts';
import { doneLine, formatted } from '../../cli/progress.ts';
import { OUTPUTS, stackName, type StackName } from '../../outputs.ts';
import { PIPELINES, REPLAYING } from '../../pipelines/index.ts';
import { stepsOf, type Pipeline } from '../../pipelines/pipeline.ts';
import type { Deployed } from '../aws.ts';
import { liveClusters } from '../clusters.ts';
import { recentExecutions, viewExecution, type ExecutionView } from '../execution.ts';
import { toldFailure } from '../failure.ts';
import { deployCommand, deployedStack, optionalOutput } from '../outputs.ts';

const STACKS: readonly StackName[] = ['network', ...(Object.keys(OUTPUTS) as (keyof typeof OUTPUTS)[]), 'serving'];
const SHOWN_RUNS = 3;

/** Everything about an environment that fits one screen, as text. Nothing is asked of the warehouse: that would wake it, and cost. */
export async function statusText(deployed: Deployed): Promise<string> {
  const stacks = await Promise.all(STACKS.map(async (name) => ({ name, stack: await deployedStack(deployed, name) })));
  const { environment, region } = deployed;
  if (stacks.every(({ stack }) => !stack)) return `Nothing of ${environment} is deployed in ${region}: ${deployCommand(deployed)}`;
  const there = (name: StackName) => stacks.some((each) => each.name === name && each.stack);
  const sections: [string, string[]][] = [
    [
      `Stacks of ${environment} in ${region}`,
      // Not every environment has all of them: what it has not asked for is not missing.
      columns(
        stacks
          .filter(({ name, stack }) => name !== 'serving' || stack)
          .map(({ name, stack }) => [stackName(environment, name), stack?.StackStatus ?? 'not deployed']),
      ),
    ],
    ...(await pipelineSections(deployed, there('pipelines'))),
    ...(await replaySections(deployed, there('producers'))),
    ['Clusters', await clusterLines(deployed)],
    ['Waiting to be read', await lagLines(deployed)],
    ['Alarms that ring', await alarmLines(deployed)],
  ];
  return sections
    .map(([title, lines]) => [title, ...(lines.length > 0 ? lines : ['none']).map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

function pipelineSections(deployed: Deployed, areThere: boolean): Promise<[string, string[]][]> {
  const pipelines: readonly Pick<Pipeline<never>, 'name' | 'steps'>[] = PIPELINES;
  return Promise.all(
    pipelines.map(async (pipeline) => [`Runs of ${pipeline.name}`, areThere ? await pipelineLines(deployed, pipeline) : []]),
  );
}

async function pipelineLines(deployed: Deployed, pipeline: Pick<Pipeline<never>, 'name' | 'steps'>): Promise<string[]> {
  const arn = await optionalOutput(deployed, 'pipelines', pipeline.name);
  if (!arn) return [];
  const views = await lastRuns(deployed, arn);
  const loaded = await lastLoad(deployed, arn, pipeline, views);
  return [...runLines(views), `warehouse last loaded: ${loaded ? minute(loaded) : 'not in the last runs'}`];
}

function replaySections(deployed: Deployed, areThere: boolean): Promise<[string, string[]][]> {
  return Promise.all(REPLAYING.map(async ({ name }) => [`Replays of ${name}`, areThere ? await replayLines(deployed, name) : []]));
}

async function replayLines(deployed: Deployed, pipeline: string): Promise<string[]> {
  const arn = await optionalOutput(deployed, 'producers', pipeline);
  return arn ? runLines(await lastRuns(deployed, arn)) : [];
}

async function lastRuns(deployed: Deployed, arn: string): Promise<ExecutionView[]> {
  const recent = await recentExecutions(deployed, arn, { count: SHOWN_RUNS });
  return Promise.all(recent.map(({ executionArn }) => viewExecution(deployed, executionArn!)));
}

function runLines(views: readonly ExecutionView[]): string[] {
  return columns(views.map((view) => [view.name, view.status, minute(view.startedAt), aboutRun(view)]));
}

function aboutRun(view: ExecutionView): string {
  if (view.status === 'RUNNING') {
    const state = view.states.findLast(({ exitedAt }) => !exitedAt);
    return state ? `in ${state.name} since ${minute(state.enteredAt)}` : '';
  }
  if (view.status === 'SUCCEEDED') return doneLine('took', 0, (view.stoppedAt!.getTime() - view.startedAt.getTime()) / 1000);
  const { step, reason } = toldFailure(view)!;
  return step ? `at ${step}: ${oneLine(reason)}` : oneLine(reason);
}

/** When the newest run that came so far had loaded the warehouse: its last step that changes what readers see. */
async function lastLoad(
  deployed: Deployed,
  arn: string,
  pipeline: Pick<Pipeline<never>, 'steps'>,
  shown: readonly ExecutionView[],
): Promise<Date | undefined> {
  const load = stepsOf(pipeline).findLast(({ kind }) => kind === 'load' || kind === 'sql')!.name;
  const loadedAt = ({ states }: ExecutionView) => states.findLast(({ name, failure }) => name === load && !failure)?.exitedAt;
  for (const view of shown) if (loadedAt(view)) return loadedAt(view);
  const older = (await recentExecutions(deployed, arn, { count: 20 })).find(({ status }) => status === 'SUCCEEDED');
  return older && loadedAt(await viewExecution(deployed, older.executionArn!));
}

async function clusterLines(deployed: Deployed): Promise<string[]> {
  const clusters = await liveClusters(deployed);
  return columns(
    clusters.map(({ Id, Name, Status }) => [
      Id ?? '',
      Name ?? '',
      Status?.State ?? '',
      Status?.Timeline?.CreationDateTime ? `since ${minute(Status.Timeline.CreationDateTime)}` : '',
    ]),
  );
}

/** As the environment's own measurements say; nothing where they have not begun. */
async function lagLines({ cloudWatch, environment }: Deployed): Promise<string[]> {
  const now = new Date();
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - 30 * 60_000),
      EndTime: now,
      ScanBy: 'TimestampDescending',
      MetricDataQueries: PIPELINES.flatMap(({ streams }) => streams).map(({ table }, index) => ({
        Id: `lag${index}`,
        Label: table,
        MetricStat: {
          Metric: {
            Namespace: 'Millrace',
            MetricName: 'Lag',
            Dimensions: [
              { Name: 'service', Value: environment },
              { Name: 'stream', Value: table },
            ],
          },
          Period: 300,
          Stat: 'Maximum',
        },
      })),
    }),
  );
  return MetricDataResults.flatMap(({ Label, Values = [], Timestamps = [] }) =>
    Values[0] === undefined ? [] : [`${Label}: ${formatted(Values[0])} messages (${minute(Timestamps[0]!)})`],
  );
}

async function alarmLines({ cloudWatch, environment }: Deployed): Promise<string[]> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({
      AlarmNamePrefix: `millrace-${environment}-`,
      StateValue: 'ALARM',
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    }),
  );
  return [...MetricAlarms, ...CompositeAlarms].flatMap(({ AlarmName, AlarmDescription, StateTransitionedTimestamp }: MetricAlarm) => [
    `${AlarmName}${StateTransitionedTimestamp ? ` since ${minute(StateTransitionedTimestamp)}` : ''}`,
    ...(AlarmDescription ? [`  ${oneLine(AlarmDescription)}`] : []),
  ]);
}

/** UTC, as everything here. */
function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
