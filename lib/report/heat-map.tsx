/** @jsxRuntime automatic @jsxImportSource preact */
import type { EChartsOption } from 'echarts';
import { axis, Chart, type ChartProps, type Size } from './charts.tsx';

export interface HeatMapProps {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** What stands in a field, and how strong its colour is, 0 to 1; null leaves the field out. */
  readonly field: (row: number, column: number) => { readonly text: string; readonly strength: number } | null;
}

/** The strongest field is no stronger than text on it can bear. */
const STRONGEST = 0.5;
const FAINTEST = 0.03;

/** Fields in rows and columns, coloured by strength, with their figures; on a phone the columns go down. */
export function HeatMap({ id, title, description, columns, rows, field }: HeatMapProps) {
  const sizes: ChartProps['sizes'] = [
    { name: 'wide', width: 1040, height: 34 * rows.length + 26 },
    { name: 'narrow', width: 330, height: 22 * columns.length + 26 },
  ];
  const fields = rows.flatMap((_, row) => columns.map((_, column) => ({ row, column, shown: field(row, column) })));
  const option = ({ name }: Size): EChartsOption => {
    const upright = name === 'narrow';
    const labels = (names: readonly string[], first: 'top' | 'left') => ({
      type: 'category' as const,
      data: [...names],
      inverse: first === 'top',
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...axis().axisLabel, interval: 0 },
    });
    const across = labels(upright ? rows : columns, 'left');
    return {
      grid: { left: 42, right: 2, top: 24, bottom: 2 },
      xAxis: { ...across, position: 'top' },
      yAxis: labels(upright ? columns : rows, 'top'),
      // Strengths become opacities: colours are the style sheet's, and no number can be mixed with their names.
      visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { opacity: [FAINTEST, STRONGEST] } },
      series: {
        type: 'heatmap',
        silent: true,
        data: fields.flatMap(({ row, column, shown }) => {
          if (!shown) return [];
          const place = upright ? [row, column] : [column, row];
          return [{ value: [...place, shown.strength], label: { show: true, opacity: 1, formatter: () => shown.text } }];
        }),
        // A field's figure does not fade with its colour.
        label: { color: 'var(--ink)', fontSize: 12, opacity: 1 },
        itemStyle: { color: 'var(--accent)', borderColor: 'var(--card)', borderWidth: 2, borderRadius: 5 },
      },
    };
  };
  return <Chart {...{ id, title, description, sizes, option }} />;
}
