//! Every maximum of the codecs.

/// Longest SAPIENT message that is taken in; the Apex middleware uses the same.
pub const SAPIENT_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// An oversized frame up to this length is skipped; beyond it the stream counts as out of step.
pub const SAPIENT_SKIP_BYTES_MAX: usize = 16 << 20;
/// Most sub-messages in one SAPIENT message: an empty one costs 2 bytes on the wire and hundreds in memory.
pub const SAPIENT_PARTS_MAX: usize = 16_384;
/// Most fields in one SAPIENT message: an empty text costs 2 bytes on the wire and 24 in memory.
pub const SAPIENT_FIELDS_MAX: usize = 131_072;
/// Deepest nesting of SAPIENT sub-messages.
pub const SAPIENT_DEPTH_MAX: usize = 32;
/// Longest piece of a sender's text that is repeated in a message to people.
pub const EXCERPT_CHARS_MAX: usize = 64;
/// Most faults that are told about one message.
pub const FAULTS_MAX: usize = 32;
/// Longest METAR or SPECI that is read.
pub const METAR_BYTES_MAX: usize = 1_024;
/// Longest TAF that is read.
pub const TAF_BYTES_MAX: usize = 4_096;
/// Most changes of one TAF.
pub const TAF_CHANGES_MAX: usize = 64;
/// Longest text of several reports and forecasts.
pub const BULLETIN_BYTES_MAX: usize = 1 << 20;
/// Most reports and forecasts of one such text.
pub const BULLETIN_PIECES_MAX: usize = 4_096;
/// Most rows of a table of weather.
pub const WEATHER_ROWS_MAX: usize = 500_000;
/// Most places that a table of weather may tell of.
pub const WEATHER_PLACES_MAX: usize = 10_000;
/// Longest Cursor on Target event, in either encoding.
pub const COT_EVENT_BYTES_MAX: usize = 64 * 1024;
/// Peers of a mesh whose versions are known.
pub const COT_PEERS_MAX: usize = 1_024;
/// Elements inside each other.
pub const XML_DEPTH_MAX: usize = 32;
/// Elements of one document.
pub const XML_ELEMENTS_MAX: usize = 4_096;
/// Attributes of one element.
pub const XML_ATTRIBUTES_MAX: usize = 64;
/// Longest datagram of ASTERIX; UDP carries no longer one.
pub const ASTERIX_DATAGRAM_BYTES_MAX: usize = 65_507;
/// Most records of one datagram; the shortest is two octets.
pub const ASTERIX_RECORDS_MAX: usize = 8_192;
/// Longest packet of KLV metadata.
pub const KLV_BYTES_MAX: usize = 64 * 1024;
/// Most items of one KLV local set.
pub const KLV_ITEMS_MAX: usize = 1_024;
/// Most targets of one video frame.
pub const VMTI_TARGETS_MAX: usize = 1_024;
/// Most programmes and elementary streams that are followed in one transport stream.
pub const TS_STREAMS_MAX: usize = 64;
/// Longest table section of a transport stream, header and checksum with it.
pub const TS_SECTION_BYTES_MAX: usize = 1_024;
/// Most octets of one packetised elementary stream packet.
pub const TS_PES_BYTES_MAX: usize = 70 * 1024;
/// Longest NMEA sentence that is read; the standard allows 82, some receivers write more.
pub const NMEA_BYTES_MAX: usize = 256;
/// Largest GPX file.
pub const GPX_BYTES_MAX: usize = 32 << 20;
/// Most elements of a GPX file, three or four to a point.
pub const GPX_ELEMENTS_MAX: usize = 400_000;
/// Longest JSON payload of a broker's message that is read.
pub const JSON_BYTES_MAX: usize = 256 * 1024;
/// Longest packet of a broker that is kept: a payload, and the longest topic that there may be.
pub const MQTT_PACKET_BYTES_MAX: usize = JSON_BYTES_MAX + 64 * 1024;
/// Longest filter of topics.
pub const MQTT_TOPIC_BYTES_MAX: usize = 1_024;
/// Most topics that are asked for at once.
pub const MQTT_SUBSCRIPTIONS_MAX: usize = 128;
/// Most cameras of one recorder.
pub const FRIGATE_CAMERAS_MAX: usize = 1_024;
/// Most zones of one Frigate event.
pub const FRIGATE_ZONES_MAX: usize = 64;
/// Most fields of one mapping of JSON payloads.
pub const MAPPING_FIELDS_MAX: usize = 64;
/// Most `MAVLink` senders whose numbers are followed.
pub const MAVLINK_SYSTEMS_MAX: usize = 64;
/// Largest upload of detections.
pub const UPLOAD_BYTES_MAX: usize = 32 << 20;
/// Most rows or features of one upload.
pub const UPLOAD_ROWS_MAX: usize = 100_000;
