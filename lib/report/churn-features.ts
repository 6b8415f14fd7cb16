import { userFeatures } from '../contracts/user-features.ts';
import type { Reason } from './churn-data.ts';
import { quantity } from './format.ts';

/** Features of 0 and 1 that read as no and yes. */
const YES_OR_NO: ReadonlySet<string> = new Set(['paid', 'mobile']);

/** A feature in the words its contract has for it; a feature of an older contract keeps its name. */
export function featureLabel(feature: string): string {
  const label = userFeatures.fields.find(({ name }) => name === feature)?.label;
  return label ?? feature.replaceAll('_', ' ');
}

/** A reason in parts: `thumbs down an hour, 7 days`, `5`, `typical 1`. */
export function reasonInWords({ feature, value, typical }: Reason): { label: string; value: string; typical: string | null } {
  const shown = (figure: number | null) => {
    if (YES_OR_NO.has(feature) && (figure === 0 || figure === 1)) return figure === 1 ? 'yes' : 'no';
    return quantity(figure);
  };
  return { label: featureLabel(feature), value: shown(value), typical: typical === null ? null : `typical ${shown(typical)}` };
}
