/** @jsxRuntime automatic @jsxImportSource preact */
import type { EChartsOption } from 'echarts';
import { axis, Chart, FULL_WIDTH, type Size, type Stroke } from './charts.tsx';
import { shortCount } from './format.ts';

export interface Band {
  readonly name: string;
  /** A line each; as many values as there are points in time. */
  readonly lines: readonly { readonly name: string; readonly values: readonly number[]; readonly stroke: Stroke }[];
}

export interface LineBandsProps {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Labels of the points in time. */
  readonly times: readonly string[];
  readonly bands: readonly Band[];
}

/** So many points stand apart and are marked. */
const MOST_MARKED = 40;

/** Lines over time, one band a measure under one another, so that each has a scale of its own. */
export function LineBands({ id, title, description, times, bands }: LineBandsProps) {
  const option = ({ height }: Size): EChartsOption => {
    const band = (height - 18) / bands.length;
    return {
      // Room for the labels is left here: else the bands differ in width, since only the last one has labels under it.
      grid: bands.map((_, index) => ({ left: 52, right: 24, top: index * band + 34, height: band - 46, outerBoundsMode: 'none' })),
      xAxis: bands.map((_, index) => ({
        ...axis(),
        gridIndex: index,
        type: 'category',
        boundaryGap: times.length === 1,
        data: [...times],
        axisLabel: { ...axis().axisLabel, show: index === bands.length - 1 },
      })),
      yAxis: bands.map(({ name }, index) => ({
        ...axis(name),
        gridIndex: index,
        type: 'value',
        min: 0,
        splitNumber: 3,
        minInterval: 1,
        nameLocation: 'end',
        nameGap: 12,
        nameTextStyle: { color: 'var(--ink)', fontSize: 13, fontWeight: 600, align: 'left', padding: [0, 0, 0, -52] },
        axisLabel: { ...axis().axisLabel, formatter: shortCount },
      })),
      series: bands.flatMap(({ lines }, index) =>
        lines.map(({ name, values, stroke }) => ({
          name,
          type: 'line' as const,
          silent: true,
          xAxisIndex: index,
          yAxisIndex: index,
          data: [...values],
          showSymbol: times.length <= MOST_MARKED,
          symbol: 'circle',
          symbolSize: 6,
          itemStyle: { color: stroke.color },
          lineStyle: { color: stroke.color, width: 2.25, type: stroke.dash },
        })),
      ),
    };
  };
  const legend = (bands[0]?.lines ?? []).map(({ name, stroke }) => ({ name, stroke }));
  return <Chart {...{ id, title, description, legend, option }} sizes={FULL_WIDTH} />;
}
