// What an alert is about, in one line.
import type { Alert, Sector } from '../contract';
import { joined, km, metres, number, said, span, t, word } from '../words.svelte';

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
  const place = [...sector.zones, ...sector.barriers].find(({ id }) => id === alert.place);
  if (alert.place) return joined(kind, place ? said(place.name, place.id) : alert.place);
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
  if (alert.kind === 'unwatched' && alert.length_m != null)
    return t('figure-unwatched', {
      distance: metres(alert.length_m),
      span: span(alert.for_s ?? 0),
    });
  if (alert.kind === 'dust-ahead' && alert.in_s != null)
    return t('figure-dust', { span: span(alert.in_s), lasts: span(alert.for_s ?? 0) });
  if (alert.kind === 'approach' && alert.distance_m != null)
    return t('figure-distance', { distance: metres(alert.distance_m) });
  if (alert.kind === 'loitering' && alert.for_s != null)
    return t('figure-about', { span: span(alert.for_s) });
  if (alert.kind === 'ground-pattern' && alert.hits != null)
    return t('figure-hits', { n: number(alert.hits) });
  if (alert.caller?.called_off) return t('figure-called-off');
  return '';
}
