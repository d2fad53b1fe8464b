use std::time::Duration;

use async_nats::Subject;
use async_nats::client::{Request, RequestErrorKind};
use bytes::Bytes;
use contracts::ports::{Flow, Fut, PeerAnswer, PeerCall, PeerError, PeerName, Peers, PortError};
use futures_util::StreamExt as _;

use super::subscribe::subscribe;
use super::{answer, away};
use crate::connect::Connection;
use crate::subjects;

/// `peer.` on the broker's core.
pub(crate) struct NatsPeers {
    pub(crate) connection: Connection,
}

struct Answer {
    connection: Connection,
    to: Option<Subject>,
}

impl PeerAnswer for Answer {
    fn send(&self, payload: Bytes) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async move {
            match &self.to {
                Some(to) => answer(&self.connection, to.as_str(), payload).await,
                None => Ok(()),
            }
        })
    }
}

impl Peers for NatsPeers {
    fn serve(&self, name: PeerName) -> Flow<Result<PeerCall, PortError>> {
        let connection = self.connection.clone();
        let calls = subscribe(&connection.client, subjects::peer(&name), None);
        Box::pin(calls.map(move |call| {
            let call = call.map_err(away)?;
            let answer = Answer { connection: connection.clone(), to: call.reply };
            Ok(PeerCall { payload: call.payload, answer: Box::new(answer) })
        }))
    }

    fn call(
        &self,
        name: PeerName,
        payload: Bytes,
        timeout: Duration,
    ) -> Fut<'_, Result<Bytes, PeerError>> {
        Box::pin(async move {
            let connection = &self.connection;
            let most = connection.client.max_payload();
            if payload.len() > most {
                let reason = format!("{} bytes are more than {most}", payload.len());
                return Err(PortError::Refused(reason).into());
            }
            // Nothing leaves a connection that is down; what was on its way when it broke may
            // have arrived.
            if !connection.is_up() {
                return Err(away("the broker is not connected").into());
            }
            let request = Request::new().payload(payload).timeout(Some(timeout));
            let asked = async {
                let answer = connection.client.send_request(subjects::peer(&name), request).await;
                Ok(match answer {
                    Ok(answer) => Ok(answer.payload),
                    Err(error) if error.kind() == RequestErrorKind::NoResponders => {
                        Err(PeerError::Nobody)
                    }
                    Err(_) => Err(PeerError::Silent),
                })
            };
            connection.whole(asked).await.unwrap_or(Err(PeerError::Silent))
        })
    }
}
