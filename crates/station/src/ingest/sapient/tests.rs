//! Whole conversations with a session, on messages that go through the wire's bytes.

mod alerts;
mod conversation;
mod detections;
mod exchange;
mod messages;
mod redaction;
mod registrations;
mod remarks;
mod returns;
mod statuses;
mod tasks;
mod views;
