//! Writing sentences.

use jiff::tz::TimeZone;

use super::{Gga, MPS_PER_KNOT, Place, Rmc, checksum};

/// Writes the sentence with its checksum and line end.
pub fn write_rmc(rmc: &Rmc) -> String {
    let zoned = rmc.time.map(|time| time.to_zoned(TimeZone::UTC));
    let time = zoned.as_ref().map(|zoned| zoned.strftime("%H%M%S%.3f").to_string());
    let date = zoned.as_ref().map(|zoned| zoned.strftime("%d%m%y").to_string());
    let status = if rmc.place.is_some() { 'A' } else { 'V' };
    let speed = decimal(rmc.speed_mps.map(|mps| mps / MPS_PER_KNOT), 3);
    let course = decimal(rmc.course_deg, 2);
    sentence(&format!(
        "GPRMC,{},{status},{},{speed},{course},{},,",
        time.unwrap_or_default(),
        place(rmc.place),
        date.unwrap_or_default(),
    ))
}

/// Writes the sentence with its checksum and line end.
pub fn write_gga(gga: &Gga) -> String {
    let time = gga.time_of_day.map(|time| time.strftime("%H%M%S%.3f").to_string());
    let quality = u8::from(gga.place.is_some());
    let satellites = gga.satellites.map(|count| format!("{count:02}"));
    sentence(&format!(
        "GPGGA,{},{},{quality},{},{},{},M,{},M,,",
        time.unwrap_or_default(),
        place(gga.place),
        satellites.unwrap_or_default(),
        decimal(gga.hdop, 2),
        decimal(gga.altitude_m, 2),
        decimal(gga.geoid_m, 2),
    ))
}

fn sentence(body: &str) -> String {
    format!("${body}*{:02X}\r\n", checksum(body))
}

fn decimal(number: Option<f64>, places: usize) -> String {
    number.map(|number| format!("{number:.places$}")).unwrap_or_default()
}

/// Degrees and minutes to a hundred-thousandth of a minute, which is two centimetres.
fn place(place: Option<Place>) -> String {
    let Some(Place { lat_deg, lon_deg }) = place else { return ",,,".to_owned() };
    let part = |deg: f64, digits: usize, sides: [char; 2]| {
        let side = if deg < 0.0 { sides[1] } else { sides[0] };
        let minutes = (deg.abs() * 60.0 * 1e5).round() / 1e5;
        let (degrees, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
        format!("{degrees:0digits$.0}{minutes:08.5},{side}")
    };
    format!("{},{}", part(lat_deg, 2, ['N', 'S']), part(lon_deg, 3, ['E', 'W']))
}
