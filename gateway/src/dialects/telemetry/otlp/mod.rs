//! OTLP over HTTP, in protobuf and in JSON, and over gRPC, as its exporters speak it.

mod logs;
mod metrics;
mod spans;
mod values;

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::records::{Record, Signal};
use contracts::{Hash, Refusal};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body;
use super::intake::{Arrival, Keeping, Taken};
use super::room::Room;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::problem::{codes, grpc};

/// The media type of protobuf.
pub const PROTOBUF: &str = "application/x-protobuf";

const JSON: &str = "application/json";

/// The same as without the addition: what else messages could be written in is not taken.
const GRPC_PROTOBUF: &str = "application/grpc+proto";

pub(super) async fn logs(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let read = |request: ExportLogsServiceRequest, room: &mut Room| logs::records(request, room);
    let (taken, media) = taken(&shared, call, Signal::Logs, read).await?;
    let partial_success = refused(&taken).map(|(count, error_message)| ExportLogsPartialSuccess {
        rejected_log_records: count,
        error_message,
    });
    answer(media, &ExportLogsServiceResponse { partial_success })
}

pub(super) async fn metrics(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let read =
        |request: ExportMetricsServiceRequest, room: &mut Room| metrics::records(request, room);
    let (taken, media) = taken(&shared, call, Signal::Metrics, read).await?;
    let partial_success = refused(&taken).map(|(count, error_message)| {
        ExportMetricsPartialSuccess { rejected_data_points: count, error_message }
    });
    answer(media, &ExportMetricsServiceResponse { partial_success })
}

pub(super) async fn traces(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let read = |request: ExportTraceServiceRequest, room: &mut Room| spans::records(request, room);
    let (taken, media) = taken(&shared, call, Signal::Traces, read).await?;
    let partial_success = refused(&taken).map(|(count, error_message)| ExportTracePartialSuccess {
        rejected_spans: count,
        error_message,
    });
    answer(media, &ExportTraceServiceResponse { partial_success })
}

/// Reads a request and keeps what it says. An exporter that got no answer sends the same bytes
/// again: by them they are known.
async fn taken<T: Message + Default + DeserializeOwned>(
    shared: &Shared,
    mut call: Call,
    signal: Signal,
    read: impl FnOnce(T, &mut Room) -> Result<Vec<Record>, Refusal>,
) -> Result<(Taken, &'static str), Refusal> {
    let media = media(&call)?;
    let bytes = match media {
        grpc::MEDIA => body::message(shared, &mut call).await?,
        _ => body::read(shared, &mut call).await?,
    };
    let request = match media {
        JSON => contracts::read::from_slice(&bytes).map_err(|error| codes::invalid_json(&error))?,
        _ => T::decode(&bytes[..]).map_err(|error| codes::invalid_protobuf(&error))?,
    };
    let (by, name) = (call.caller()?.principal.to_string(), Hash::of(&bytes).0.to_vec());
    // What comes under its own hash is the same whenever it comes.
    let arrival = Arrival { tenant: &call.tenant, by, signal, name, keyed: false };
    let keeping = Keeping::of(shared);
    let records = read(request, &mut keeping.room())?;
    let taken = keeping.keep(arrival, records, shared.now()).await?;
    Ok((taken, media))
}

/// The media type of the body, in which the answer is told too.
fn media(call: &Call) -> Result<&'static str, Refusal> {
    let told = call.parts.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let name = told.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let name = if name == GRPC_PROTOBUF { grpc::MEDIA } else { name };
    let known = [PROTOBUF, JSON, grpc::MEDIA];
    let known = known.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    known.ok_or_else(codes::unsupported_media_type)
}

/// How many were not kept, and why the first were not.
fn refused(taken: &Taken) -> Option<(i64, String)> {
    let count = i64::try_from(taken.rejected).ok().filter(|count| *count > 0)?;
    let told: Vec<String> =
        taken.errors.iter().map(|it| format!("{}: {}", it.index, it.message)).collect();
    Some((count, told.join("; ")))
}

fn answer(media: &'static str, message: &(impl Message + Serialize)) -> Result<Response, Refusal> {
    let bytes = match media {
        grpc::MEDIA => return grpc::answer(&message.encode_to_vec()),
        PROTOBUF => message.encode_to_vec(),
        _ => serde_json::to_vec(message).map_err(|error| Refusal::internal(error.to_string()))?,
    };
    let mut response = (StatusCode::OK, bytes).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    Ok(response)
}
