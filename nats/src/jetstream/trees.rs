use async_nats::HeaderMap;
use async_nats::header::{HeaderValue, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE};
use async_nats::jetstream::stream::{DirectGetErrorKind, LastRawMessageErrorKind};
use bytes::Bytes;
use contracts::ports::{AppendError, Fut, PortError, TreeHeads};

use super::away;
use super::publish::port_error;
use crate::connect::Connection;
use crate::streams::TREES;
use crate::subjects;

/// TREES on JetStream: one message per subject, a subject per head.
pub(crate) struct NatsTrees {
    pub(crate) connection: Connection,
}

impl NatsTrees {
    async fn of(&self, subject: String) -> Result<Option<Bytes>, PortError> {
        let found = async {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(TREES).await.map_err(away)?;
            match stream.direct_get_last_for_subject(subject).await {
                Ok(message) => Ok(Some(message.payload)),
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        self.connection.whole(found).await
    }
}

impl TreeHeads for NatsTrees {
    fn keep(&self, number: u64, head: Bytes) -> Fut<'_, Result<(), AppendError>> {
        Box::pin(async move {
            let mut headers = HeaderMap::new();
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(0_u64));
            let subject = subjects::tree_head(&number.to_string());
            self.connection.publish(subject, headers, head).await.map(|_sequence| ())
        })
    }

    fn get(&self, number: u64) -> Fut<'_, Result<Option<Bytes>, PortError>> {
        Box::pin(self.of(subjects::tree_head(&number.to_string())))
    }

    fn last(&self) -> Fut<'_, Result<Option<Bytes>, PortError>> {
        let answer = async {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(TREES).await.map_err(away)?;
            let request = stream.raw_message_builder().last_by_subject(subjects::tree_head("*"));
            match request.send().await {
                Ok(message) => Ok(Some(message.payload)),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(away(error)),
            }
        };
        Box::pin(self.connection.whole(answer))
    }

    fn save<'a>(&'a self, part: &'a str, content: Bytes) -> Fut<'a, Result<(), PortError>> {
        Box::pin(async move {
            let subject = subjects::tree_part(part);
            let saved = self.connection.publish(subject, HeaderMap::new(), content).await;
            saved.map(|_sequence| ()).map_err(port_error)
        })
    }

    fn load<'a>(&'a self, part: &'a str) -> Fut<'a, Result<Option<Bytes>, PortError>> {
        Box::pin(self.of(subjects::tree_part(part)))
    }

    fn forget_parts(&self) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.connection.whole(async {
            let context = &self.connection.context;
            let stream = context.get_stream_no_info(TREES).await.map_err(away)?;
            stream.purge().filter(subjects::tree_part("*")).await.map_err(away)?;
            Ok(())
        }))
    }
}
