/** @jsxRuntime automatic @jsxImportSource preact */
import { init, type EChartsOption } from 'echarts';
import { count } from './format.ts';

/** How a curve looks: colour-blind-safe colours, told apart by dash as well. The colours are the style sheet's, so that one drawing serves light and dark. */
export interface Stroke {
  readonly color: string;
  readonly dash: 'solid' | number[];
}

export const STROKES: readonly Stroke[] = [
  { color: 'var(--series-1)', dash: 'solid' },
  { color: 'var(--series-2)', dash: [8, 4] },
  { color: 'var(--series-3)', dash: [2, 3] },
  { color: 'var(--series-4)', dash: [10, 3, 2, 3] },
];
export const REFERENCE: Stroke = { color: 'var(--muted)', dash: [1, 4] };

export interface Size {
  readonly name: 'wide' | 'narrow';
  readonly width: number;
  readonly height: number;
}

export interface ChartProps {
  readonly id: string;
  readonly title: string;
  /** What the drawing says, for those who cannot see it, and under the title for those who can. */
  readonly description: string;
  readonly legend?: readonly { readonly name: string; readonly stroke: Stroke }[];
  /** Drawn twice: text in a drawing shrinks with it, so a phone gets a drawing of its own width. */
  readonly sizes: readonly [wide: Size, narrow: Size];
  readonly option: (size: Size) => EChartsOption;
}

const HALF_WIDTH: ChartProps['sizes'] = [
  { name: 'wide', width: 500, height: 330 },
  { name: 'narrow', width: 330, height: 280 },
];
export const FULL_WIDTH: ChartProps['sizes'] = [
  { name: 'wide', width: 1040, height: 380 },
  { name: 'narrow', width: 330, height: 400 },
];

/** A drawing by ECharts, made here and now: the page holds plain SVG. */
export function Chart({ id, title, description, legend, sizes, option }: ChartProps) {
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p>{description}</p>
      </figcaption>
      {sizes.map((size) => (
        <svg class={`plot ${size.name}`} viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={`${title}. ${description}`}>
          <g dangerouslySetInnerHTML={{ __html: draw(option(size), size, `${id}-${size.name}`) }} />
        </svg>
      ))}
      {legend && (
        <ul class="legend">
          {legend.map(({ name, stroke }) => (
            <li>
              <svg width="28" height="10" aria-hidden="true">
                <line x1="0" y1="5" x2="28" y2="5" stroke={stroke.color} stroke-width="2.5" stroke-dasharray={dashes(stroke)} />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function dashes({ dash }: Stroke): string | undefined {
  return dash === 'solid' ? undefined : dash.join(' ');
}

/** The inside of the SVG. ECharts numbers its ids by process: they are renamed so that the same data gives the same page. */
function draw(option: EChartsOption, { width, height }: Size, id: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option });
    return chart
      .renderToSVGString()
      .replace(/^<svg[^>]*>|<\/svg>\s*$|<style >[\s\S]*?<\/style>/g, '')
      .replace(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
      .replace(/zr\d+-/g, `${id}-`);
  } finally {
    chart.dispose();
  }
}

/** Axis parts shared by all charts; `name` stands at the axis' end of the grid. */
export function axis(name = '') {
  const text = { color: 'var(--muted)', fontSize: 12 };
  return {
    name,
    nameTextStyle: text,
    axisLabel: { ...text, hideOverlap: true },
    axisLine: { lineStyle: { color: 'var(--line-strong)' } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: 'var(--line)' } },
  };
}

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly stroke: Stroke;
  /** Marks each point: for curves of few points. @default false */
  readonly dots?: boolean;
}

export interface CurvesProps {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly x: string;
  readonly y: string;
  /** Whether x is a share of 1, or a count. @default 'share' */
  readonly xUnit?: 'share' | 'count';
  /** End of both axes, for shares that stay far below 1. @default 1 */
  readonly max?: number;
  readonly curves: readonly Curve[];
  /** A vertical line with a word beside it. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** Curves over the unit square (or a count on the x axis), with percentages as ticks. */
export function Curves({ id, title, description, x, y, xUnit = 'share', max = 1, curves, mark }: CurvesProps) {
  const share = (value: number) => `${Math.round(value * 100)}%`;
  const option = (): EChartsOption => ({
    grid: { left: 46, right: 18, top: 34, bottom: 44 },
    xAxis: {
      ...axis(x),
      type: 'value',
      min: 0,
      ...(xUnit === 'share' ? { max } : {}),
      nameLocation: 'middle',
      nameGap: 28,
      splitNumber: 5,
      axisLabel: { ...axis().axisLabel, formatter: xUnit === 'share' ? share : count },
    },
    yAxis: {
      ...axis(y),
      type: 'value',
      min: 0,
      max,
      nameLocation: 'end',
      nameGap: 12,
      nameTextStyle: { ...axis().nameTextStyle, align: 'left', padding: [0, 0, 0, -38] },
      axisLabel: { ...axis().axisLabel, formatter: share },
    },
    series: curves.map((curve, index) => ({
      name: curve.name,
      type: 'line',
      silent: true,
      data: thinned(curve.points).map(([px, py]) => [round(px), round(py)]),
      symbol: curve.dots ? 'circle' : 'none',
      symbolSize: 7,
      itemStyle: { color: curve.stroke.color },
      lineStyle: { color: curve.stroke.color, width: curve.stroke === REFERENCE ? 1.75 : 2.25, type: curve.stroke.dash },
      ...(mark && index === 0 ? { markLine: markLine(mark) } : {}),
    })),
  });
  const legend = curves.map(({ name, stroke }) => ({ name, stroke }));
  return <Chart {...{ id, title, description, legend, option }} sizes={HALF_WIDTH} />;
}

function markLine({ x, label }: { x: number; label: string }) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: 'var(--ink)', type: 'solid' as const, width: 1 },
    label: { formatter: label, color: 'var(--ink)', fontSize: 12 },
    data: [{ xAxis: x }],
  };
}

const MOST_POINTS = 200;

/** A test set gives a point a row; beyond what a screen can show they would only make the page heavy. First and last stay. */
function thinned<Point>(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round(index * step)] as Point);
}

const round = (value: number) => Number(value.toFixed(4));

export interface DailySeries {
  readonly name: string;
  readonly values: readonly number[];
  readonly color: string;
}

/** Bars a day, one band a series under one another, so that each has a scale of its own. */
export function DailyBars(props: {
  id: string;
  title: string;
  description: string;
  days: readonly string[];
  series: readonly DailySeries[];
}) {
  const { id, title, description, days, series } = props;
  const option = ({ height }: Size): EChartsOption => {
    const band = (height - 18) / series.length;
    const last = series.length - 1;
    return {
      grid: series.map((_, index) => ({ left: 52, right: 8, top: index * band + 28, height: band - 38 })),
      xAxis: series.map((_, index) => ({
        ...axis(),
        gridIndex: index,
        type: 'category',
        data: [...days],
        axisLabel: { ...axis().axisLabel, show: index === last },
      })),
      yAxis: series.map(({ name }, index) => ({
        ...axis(name),
        gridIndex: index,
        type: 'value',
        splitNumber: 2,
        minInterval: 1,
        nameLocation: 'end',
        nameGap: 10,
        nameTextStyle: { color: 'var(--ink)', fontSize: 13, fontWeight: 600, align: 'left', padding: [0, 0, 0, -52] },
        axisLabel: { ...axis().axisLabel, formatter: count },
      })),
      series: series.map(({ name, values, color }, index) => ({
        name,
        type: 'bar',
        silent: true,
        xAxisIndex: index,
        yAxisIndex: index,
        data: [...values],
        barMaxWidth: 26,
        barCategoryGap: '22%',
        itemStyle: { color, borderRadius: [2, 2, 0, 0] },
      })),
    };
  };
  return <Chart {...{ id, title, description, option }} sizes={FULL_WIDTH} />;
}
