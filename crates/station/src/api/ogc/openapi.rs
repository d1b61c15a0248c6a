//! `/ogc/api`: what the interface answers, as `OpenAPI` 3.0 has it. Made of the same tables as the answers.

use axum::extract::Query;
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::Answered;
use super::answer::{GEOJSON, JSON, OPENAPI, Root, answer};
use super::query::{Pairs, no_more_than};
use crate::api::shown::Seen;
use crate::features::{Collection, Field, Kind};
use crate::limits::{FEATURES_PAGE, FEATURES_PAGE_MAX};

pub(super) async fn definition(
    Seen(shown): Seen,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Answered {
    no_more_than(&pairs, &[])?;
    let root = Root::of(&headers, &pairs)?;
    let title = format!("Watchline: {}", shown.outlook.model().sector().title.en);
    answer(&headers, &pairs, OPENAPI, &document(&title, root.address()))
}

fn document(title: &str, address: &str) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": title, "version": env!("CARGO_PKG_VERSION"),
                 "description": "What a Watchline station knows, as features for maps (OGC API - Features, Part 1). Read only."},
        "servers": [{"url": address}],
        "paths": paths(),
        "components": {"parameters": shared_parameters(), "schemas": schemas(), "responses": {
            "Problem": {"description": "What is wrong, with a stable code and the parameter at fault (RFC 9457).",
                        "content": {"application/problem+json": {"schema": schema_at("Problem")}}}}},
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for (path, id, summary, media, schema) in [
        ("/", "getLandingPage", "Where to go from here", JSON, "Landing"),
        ("/conformance", "getConformance", "Standards that are kept", JSON, "Conformance"),
        ("/api", "getApi", "This description", OPENAPI, "Api"),
        ("/collections", "getCollections", "What there is", JSON, "Collections"),
    ] {
        paths.insert(path.to_owned(), get(id, summary, &[], (media, schema)));
    }
    for of in Collection::ALL {
        let name = of.name();
        let here = format!("/collections/{name}");
        let described = get(&format!("describe_{name}"), of.title(), &[], (JSON, "Collection"));
        paths.insert(here.clone(), described);
        let mut parameters: Vec<Value> =
            ["limit", "bbox", "datetime", "after", "before"].map(parameter_at).to_vec();
        parameters.extend(of.fields().iter().map(filter));
        let page = (GEOJSON, "Page");
        let items = get(&format!("get_{name}"), of.description(), &parameters, page);
        paths.insert(format!("{here}/items"), items);
        let one = get(
            &format!("get_one_of_{name}"),
            "One of them",
            &[parameter_at("feature")],
            (GEOJSON, "Feature"),
        );
        paths.insert(format!("{here}/items/{{feature}}"), one);
    }
    Value::Object(paths)
}

fn get(id: &str, summary: &str, parameters: &[Value], (media, schema): (&str, &str)) -> Value {
    let mut parameters = parameters.to_vec();
    parameters.push(parameter_at("f"));
    json!({"get": {"operationId": id, "summary": summary, "parameters": parameters, "responses": {
        "200": {"description": summary, "content": {media: {"schema": schema_at(schema)}}},
        "400": {"$ref": "#/components/responses/Problem"},
        "404": {"$ref": "#/components/responses/Problem"},
        "406": {"$ref": "#/components/responses/Problem"},
    }}})
}

fn shared_parameters() -> Value {
    let number = json!({"type": "number"});
    json!({
        "f": query("f", "The form of the answer; outranks Accept.", json!({"type": "string", "enum": ["json"]})),
        "limit": query("limit", "At most so many features.",
            json!({"type": "integer", "minimum": 1, "maximum": FEATURES_PAGE_MAX, "default": FEATURES_PAGE})),
        "bbox": query("bbox", "Features that meet this box of degrees; heights, if given, do not matter. What has no place meets any.",
            json!({"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}], "items": number})),
        "datetime": query("datetime", "Features of this time, or of this interval, which may be open (`..`). What has no time meets any.",
            json!({"type": "string"})),
        "after": query("after", "The page that follows this feature.", json!({"type": "string"})),
        "before": query("before", "The page that ends before this feature.", json!({"type": "string"})),
        "feature": {"name": "feature", "in": "path", "required": true, "schema": {"type": "string"},
                    "description": "The feature's id."},
    })
}

#[expect(clippy::needless_pass_by_value, reason = "json! gives values")]
fn query(name: &str, about: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": about, "schema": schema,
           "style": "form", "explode": false})
}

fn filter(field: &Field) -> Value {
    // Any member of a list may be asked for.
    let kind = if field.kind == Kind::Texts { Kind::Text } else { field.kind };
    query(field.name, field.about, schema_of(kind))
}

fn parameter_at(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

fn schema_at(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn schema_of(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Number => json!({"type": "number"}),
        Kind::Whole => json!({"type": "integer"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Time => json!({"type": "string", "format": "date-time"}),
    }
}

fn schemas() -> Value {
    let text = json!({"type": "string"});
    let links = json!({"type": "array", "items": schema_at("Link")});
    let any = json!({"type": "object"});
    json!({
        "Link": {"type": "object", "required": ["href", "rel"],
                 "properties": {"href": text, "rel": text, "type": text, "title": text}},
        "Landing": {"type": "object", "required": ["links"],
                    "properties": {"title": text, "description": text, "links": links}},
        "Conformance": {"type": "object", "required": ["conformsTo"],
                        "properties": {"conformsTo": {"type": "array", "items": text}}},
        "Api": any,
        "Collection": {"type": "object", "required": ["id", "links"], "properties": {
            "id": text, "title": text, "description": text, "links": links, "extent": any,
            "itemType": text, "crs": {"type": "array", "items": text}}},
        "Collections": {"type": "object", "required": ["links", "collections"], "properties": {
            "links": links, "collections": {"type": "array", "items": schema_at("Collection")}}},
        "Feature": {"type": "object", "required": ["type", "geometry", "properties"], "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "geometry": {"type": "object", "nullable": true},
            "properties": {"type": "object", "nullable": true}, "links": links}},
        "Page": {"type": "object", "required": ["type", "features"], "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "links": links, "features": {"type": "array", "items": schema_at("Feature")}}},
        "Problem": {"type": "object", "required": ["title", "status", "code", "detail"], "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "code": text, "field": text,
            "detail": text}},
    })
}
