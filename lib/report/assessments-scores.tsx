/** @jsxRuntime automatic @jsxImportSource preact */
import type { EChartsOption } from 'echarts';
import type { AssessmentsData } from './assessments-data.ts';
import { axis, Chart, FULL_WIDTH } from './charts.tsx';
import { count, counted, percent, shortCount } from './format.ts';
import { Notice, Section } from './page.tsx';
import { FactsTable } from './table.tsx';

/** How the attempts' scores are spread. */
export function ScoresSection({ data: { totals, tenths } }: { data: AssessmentsData }) {
  if (!totals) return null;
  const title = 'Scores';
  const { scored, attempts } = totals;
  const unscored = attempts - scored;
  if (scored === 0) {
    return (
      <Section id="scores" title={title}>
        <Notice>No message says how many questions were answered right.</Notice>
      </Section>
    );
  }
  const most = tenths.indexOf(Math.max(...tenths));
  const said = `${percent(tenths[most]! / scored)} of ${counted(scored, 'scored attempt')} answered ${bandOf(most)} of their questions right.`;
  const left = unscored > 0 ? ` ${counted(unscored, 'attempt')} cannot be scored: the message does not say what was right.` : '';
  return (
    <Section id="scores" title={title} lede={`${said}${left}`}>
      <Chart
        id="score-distribution"
        title="Attempts by score"
        description="Share of an exam's questions that were answered right, in tenths; all right is in the last one"
        sizes={FULL_WIDTH}
        option={() => bars(tenths)}
      />
      <details>
        <summary>The same as a table</summary>
        <FactsTable
          caption="Attempts by score"
          head={['Answered right', 'Attempts', 'Share']}
          rows={tenths.map((value, tenth) => [bandOf(tenth), count(value), percent(value / scored)])}
        />
      </details>
    </Section>
  );
}

function bars(tenths: readonly number[]): EChartsOption {
  return {
    grid: { left: 52, right: 8, top: 30, bottom: 44 },
    xAxis: {
      ...axis('answered right'),
      type: 'category',
      data: tenths.map((_, tenth) => `${tenth * 10}–${tenth * 10 + 10}%`),
      nameLocation: 'middle',
      nameGap: 28,
    },
    yAxis: {
      ...axis('attempts'),
      type: 'value',
      minInterval: 1,
      nameLocation: 'end',
      nameGap: 10,
      nameTextStyle: { ...axis().nameTextStyle, align: 'left', padding: [0, 0, 0, -44] },
      axisLabel: { ...axis().axisLabel, formatter: shortCount },
    },
    series: [
      {
        type: 'bar',
        silent: true,
        data: [...tenths],
        barCategoryGap: '12%',
        itemStyle: { color: 'var(--series-1)', borderRadius: [2, 2, 0, 0] },
      },
    ],
  };
}

function bandOf(tenth: number): string {
  return tenth === 9 ? '90% or more' : `${tenth * 10}% to ${tenth * 10 + 10}%`;
}
