/** How a stove's use is drawn: bars of a month or a year beside those of the year before, power over a day. */
import type uPlot from 'uplot';
import type { Language } from '../../../bindings/Language';
import type { StoveChartView } from '../../../bindings/StoveChartView';
import type { Colours } from '../../../components/Plot.svelte';
import { digits } from '../../../lib/money';
import { clockMinutes } from '../../../lib/time';
import { barLabel } from './periods';

type Options = Omit<uPlot.Options, 'width' | 'height'>;

const FONT = "12px 'Inter Variable', system-ui, sans-serif";
/** Pixels that the label of a bar needs. */
const LABEL_PX = 30;
/** Share of a place that its bars take. */
const BARS = 0.64;
const HOUR_MS = 3_600_000;

/** A stripe of a colour on nothing: what is spread between sparse readings. */
function hatch(colour: string): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const side = Math.round(7 * devicePixelRatio);
  tile.width = side;
  tile.height = side;
  const ink = tile.getContext('2d');
  if (!ink) return colour;
  ink.strokeStyle = colour;
  ink.lineWidth = 2 * devicePixelRatio;
  for (const shift of [-side, 0, side]) {
    ink.beginPath();
    ink.moveTo(shift, side);
    ink.lineTo(shift + side, 0);
    ink.stroke();
  }
  return ink.createPattern(tile, 'repeat') ?? colour;
}

const frame = (colours: Colours, axes: Options['axes'], scales: Options['scales'], draw: (plot: uPlot) => void): Options => ({
  padding: [10, 4, 0, 0],
  cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
  scales,
  axes: (axes ?? []).map((axis) => ({ stroke: colours.muted, font: FONT, ...axis })),
  series: [{}, { paths: () => null, points: { show: false } }],
  hooks: { draw: [draw] },
});

const fromZero: uPlot.Scale = { range: (_plot, _least, most) => [0, Math.max(most * 1.06, 0.1)] };
const lines = (colours: Colours, words: (value: number) => string): uPlot.Axis => ({
  size: 48, gap: 6, space: 44, grid: { stroke: colours.line, width: 1 }, ticks: { show: false }, values: (_plot, splits) => splits.map(words),
});

/** Places of the bars, and the higher one of each pair: what the scale is made for. In kilowatt-hours. */
export function barData(view: StoveChartView): uPlot.AlignedData {
  return [view.bars.map((_, at) => at), view.bars.map((bar) => Math.max(bar.used ?? 0, bar.year_before ?? 0) / 1_000)];
}

export function barOptions(view: StoveChartView, language: Language) {
  return (colours: Colours): Options => {
    const striped = hatch(colours.accent);
    const paired = view.bars.some((bar) => bar.year_before !== null);
    const draw = (plot: uPlot) => {
      const { ctx } = plot;
      const zero = plot.valToPos(0, 'y', true);
      const place = plot.valToPos(1, 'x', true) - plot.valToPos(0, 'x', true);
      const wide = Math.min(place * BARS, 64 * devicePixelRatio) / (paired ? 2 : 1);
      const bar = (left: number, milli: number | null, estimated: boolean, colour: string) => {
        if (milli === null || milli <= 0) return;
        const top = Math.min(plot.valToPos(milli / 1_000, 'y', true), zero - devicePixelRatio);
        const line = devicePixelRatio;
        ctx.beginPath();
        ctx.roundRect(left + line, top, Math.max(wide - 2 * line, 1), zero - top, [2 * line, 2 * line, 0, 0]);
        ctx.fillStyle = estimated ? striped : colour;
        ctx.fill();
        if (!estimated) return;
        ctx.strokeStyle = colour;
        ctx.lineWidth = line;
        ctx.stroke();
      };
      ctx.save();
      view.bars.forEach((one, at) => {
        const middle = plot.valToPos(at, 'x', true);
        if (paired) bar(middle - wide, one.year_before, false, colours.quiet);
        bar(paired ? middle : middle - wide / 2, one.used, one.estimated, colours.accent);
      });
      ctx.restore();
    };
    const count = view.bars.length;
    const splits = (plot: uPlot) => {
      const every = Math.max(1, Math.ceil((count * LABEL_PX) / Math.max(plot.width - 60, 1)));
      return view.bars.map((_, at) => at).filter((at) => at % every === 0);
    };
    return frame(
      colours,
      [{ size: 26, gap: 6, splits, grid: { show: false }, ticks: { show: false }, values: (_plot, at) => at.map((one) => (view.bars[one] ? barLabel(view.bars[one].period, language) : '')) }, lines(colours, (value) => (Number.isInteger(value) ? digits(value, language) : value.toLocaleString(language === 'id' ? 'id-ID' : 'en-US')))],
      { x: { time: false, range: () => [-0.5, count - 0.5] }, y: fromZero },
      draw,
    );
  };
}

/** One place for each hour, so that the pointer has somewhere to be, and the most power there is. In watts. */
export function dayData(view: StoveChartView): uPlot.AlignedData {
  const most = Math.max(0, ...view.steps.map((step) => step.watts), ...view.points.map((point) => point.watts));
  const hours = Math.max(1, Math.round((view.to_ms - view.from_ms) / HOUR_MS));
  const at = Array.from({ length: hours + 1 }, (_, hour) => (view.from_ms + hour * HOUR_MS) / 1_000);
  return [at, at.map(() => most)];
}

export function dayOptions(view: StoveChartView, language: Language) {
  return (colours: Colours): Options => {
    const striped = hatch(colours.accent);
    const draw = (plot: uPlot) => {
      const { ctx } = plot;
      const zero = plot.valToPos(0, 'y', true);
      ctx.save();
      for (const step of view.steps) {
        const from = plot.valToPos(Math.max(step.from_ms, view.from_ms) / 1_000, 'x', true);
        const to = plot.valToPos(Math.min(step.to_ms, view.to_ms) / 1_000, 'x', true);
        const top = plot.valToPos(step.watts, 'y', true);
        ctx.globalAlpha = step.estimated ? 0.55 : 0.28;
        ctx.fillStyle = step.estimated ? striped : colours.accent;
        ctx.fillRect(from, top, Math.max(to - from, 1), zero - top);
        ctx.globalAlpha = 1;
        ctx.fillStyle = colours.accent;
        ctx.fillRect(from, top - devicePixelRatio, Math.max(to - from, 1), 2 * devicePixelRatio);
      }
      for (const point of view.points) {
        ctx.beginPath();
        ctx.arc(plot.valToPos(point.t_ms / 1_000, 'x', true), plot.valToPos(point.watts, 'y', true), 4 * devicePixelRatio, 0, 2 * Math.PI);
        ctx.fillStyle = colours.surface;
        ctx.fill();
        ctx.strokeStyle = colours.text;
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.stroke();
      }
      ctx.restore();
    };
    const splits = (plot: uPlot) => {
      const every = plot.width < 520 ? 6 : 3;
      return dayData(view)[0].slice(0, -1).filter((_, hour) => hour % every === 0) as number[];
    };
    return frame(
      colours,
      [{ size: 26, gap: 6, splits, grid: { show: false }, ticks: { show: false }, values: (_plot, at) => at.map((second) => clockMinutes(second * 1_000)) }, lines(colours, (value) => digits(value, language))],
      { x: { time: false, range: () => [view.from_ms / 1_000, view.to_ms / 1_000] }, y: fromZero },
      draw,
    );
  };
}

/** The step of a day that a moment falls into. */
export const stepAt = (view: StoveChartView, ms: number) => view.steps.find((step) => step.from_ms <= ms && ms < step.to_ms) ?? null;

/** Whole per cent more (or less) than the year before; `null` where that is not known or was nothing. */
export function changePercent(used: number, before: number | null): number | null {
  if (before === null || before <= 0) return null;
  return Math.round(((used - before) / before) * 100);
}
