use async_nats::HeaderMap;
use async_nats::jetstream::stream::DirectGetErrorKind;
use bytes::Bytes;
use contracts::Address;
use contracts::ports::{Fut, PortError, Snapshots};

use super::away;
use super::publish::port_error;
use crate::connect::Connection;
use crate::streams::SNAPSHOTS;
use crate::subjects::{self, SNAPSHOT};

/// SNAPSHOTS on JetStream: one message per subject.
pub(crate) struct NatsSnapshots {
    pub(crate) connection: Connection,
}

impl Snapshots for NatsSnapshots {
    fn save<'a>(&'a self, address: &'a Address, payload: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(async move {
            let subject = subjects::stored(SNAPSHOT, address);
            let saved = self.connection.publish(subject, HeaderMap::new(), payload).await;
            saved.map(|_sequence| ()).map_err(port_error)
        })
    }

    fn load<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(self.connection.whole(async move {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(SNAPSHOTS).await.map_err(away)?;
            let subject = subjects::stored(SNAPSHOT, address);
            match stream.direct_get_last_for_subject(subject).await {
                Ok(message) => Ok(Some(message.payload)),
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        }))
    }

    fn forget<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<(), PortError>> {
        Box::pin(self.connection.whole(async move {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(SNAPSHOTS).await.map_err(away)?;
            stream.purge().filter(subjects::stored(SNAPSHOT, address)).await.map_err(away)?;
            Ok(())
        }))
    }
}
