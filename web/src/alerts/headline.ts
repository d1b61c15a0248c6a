// What an alert is about, in one line.
import type { Alert, Sector } from '../contract';
import { joined, km, metres, said, span, t, word } from '../words.svelte';

export function sensorName(sector: Sector, id: string | null): string {
  return said(sector.sensors.find((sensor) => sensor.id === id)?.name, id ?? '');
}

export function unitName(sector: Sector, id: string | null): string {
  return said(sector.units.find((unit) => unit.id === id)?.name, id ?? '');
}

/** Kind and place: "Crossing predicted · km 23.4". */
export function headline(alert: Alert, sector: Sector): string {
  const kind = word('kind', alert.kind);
  if (alert.kind === 'sensor-lost') return joined(kind, sensorName(sector, alert.sensor));
  if (alert.caller) return joined(alert.caller.name, word('call', alert.call ?? 'other'));
  return joined(kind, alert.km !== null && t('at-km', { km: km(alert.km) }));
}

/** The figure that goes with the kind, or nothing. */
export function figure(alert: Alert): string {
  if (alert.kind === 'crossing-predicted' && alert.in_s != null)
    return t('figure-reaches-in', { span: span(alert.in_s) });
  if (alert.kind === 'possible-distress' && alert.still_s != null)
    return t('figure-still', { span: span(alert.still_s) });
  if (alert.kind === 'sight-lost' && alert.length_m != null)
    return t('figure-sight-lost', { distance: metres(alert.length_m) });
  if (alert.caller?.called_off) return t('figure-called-off');
  return '';
}
