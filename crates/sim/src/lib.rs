//! Scenarios, movers and sensors that speak the real protocols.
