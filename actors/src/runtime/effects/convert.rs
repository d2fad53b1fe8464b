//! Converting: what is converted is read in the name of whoever asked, and what comes of it is kept
//! in the tenant's blobs before the actor is told.

use std::collections::BTreeMap;

use bytes::Bytes;
use contracts::effect::{
    CommandPart, Convert, ConvertFormat, ConvertFrom, ConvertInto, Converted, LOSSES_TOLD_MAX, Loss,
};
use contracts::kinds::file::{self, Upload};
use contracts::privacy::within;
use contracts::view::At;
use contracts::{ActorId, Address, Caller, Hash, Kind, Origin, Refusal, Revision};
use serde::Deserialize;
use serde_json::Value;

use super::task::Task;
use crate::convert::{self, Made, Source, Subject};

/// What is read of an actor `file`.
#[derive(Deserialize)]
struct Uploaded {
    file: Option<Upload>,
    #[serde(default)]
    deleted: bool,
}

impl Task {
    /// Converts, and keeps what comes of it.
    pub(super) async fn converting(&self, convert: &Convert) -> Result<Converted, Refusal> {
        match (&convert.from, &convert.into) {
            (
                ConvertFrom::Actor { kind, id, revision, since },
                ConvertInto::File { format, sheet, remarks },
            ) => {
                let (subject, masked) = self.subject(kind, id, *revision).await?;
                let Some(since) = since else {
                    let shape = convert::Shape {
                        format: *format,
                        part: sheet.clone(),
                        remarks: remarks.unwrap_or(true),
                    };
                    return self.make(subject, shape, masked).await;
                };
                let before = since.id.as_ref().unwrap_or(id);
                let (before, also) = self.subject(kind, before, since.revision).await?;
                self.compare(before, subject, *format, masked || also).await
            }
            (from, into @ ConvertInto::Commands { .. }) => {
                let source = self.source(from).await?;
                self.take_in(source, into.clone()).await
            }
            (from, ConvertInto::Rewritten { format, kind, sheet, day_first, types }) => {
                let source = self.source(from).await?;
                let asked = convert::Asked {
                    format: *format,
                    kind: kind.clone(),
                    sheet: sheet.clone(),
                    day_first: *day_first,
                    types: *types,
                    at: self.due().at,
                };
                self.rewrite(source, asked).await
            }
            (_, ConvertInto::File { .. }) => {
                Err(Refusal::internal("only an actor is made into a file"))
            }
        }
    }

    fn asker(&self) -> Caller {
        let due = self.due();
        Caller::new(due.principal.clone(), Origin::Runtime).with(due.credential.clone())
    }

    /// An actor as of a revision, and whether personal data of it is masked: what stands in a file
    /// is out of reach of an erasure.
    async fn subject(
        &self,
        kind: &Kind,
        id: &ActorId,
        revision: Option<Revision>,
    ) -> Result<(Subject, bool), Refusal> {
        let shared = &self.runtime.shared;
        let address = Address::new(self.due().address.tenant.clone(), kind.clone(), id.clone());
        shared.ensure_may_read(&self.asker(), &address)?;
        let mut living = shared.hydrator.wake(&address).await?;
        if let Some(revision) = revision.filter(|it| *it != living.head.revision) {
            living = shared.hydrator.fold(&address, At::Revision(revision).into()).await?;
        }
        if living.head.revision == Revision::ZERO {
            let message = format!("there is no {kind} {id}");
            return Err(Refusal::not_found("actor_not_found", message));
        }
        if let Some(revision) = revision.filter(|it| *it != living.head.revision) {
            let message = format!("{kind} {id} has no revision {revision}");
            return Err(Refusal::not_found("revision_not_found", message));
        }
        let revision = living.head.revision;
        let found = shared.places.find(&shared.hydrator, &address, revision).await?;
        let at = found.map_or(self.due().at, |found| found.commit.at);
        let state = living.machine.state();
        let masked = within(&state);
        let state = shared.shown_to(&address.tenant, None, state).await;
        let (tenant, kind, id) = (address.tenant, kind.clone(), id.clone());
        let mut subject = Subject { tenant, kind, id, revision, at, state, media: BTreeMap::new() };
        subject.media = self.media_of(&subject).await?;
        Ok((subject, masked))
    }

    /// What a state refers to among the tenant's blobs. What is gone is left out, and told as a
    /// loss by the file that would show it.
    async fn media_of(&self, subject: &Subject) -> Result<BTreeMap<Hash, Bytes>, Refusal> {
        let shared = &self.runtime.shared;
        let (tenant, most) = (&self.due().address.tenant, shared.converter.config.made_bytes_max);
        let (mut found, mut bytes) = (BTreeMap::new(), 0_usize);
        for hash in subject.refers_to() {
            let Some(blob) = shared.world.blobs.get(tenant, hash).await? else { continue };
            bytes = bytes.saturating_add(blob.len());
            if bytes > most {
                return Err(convert::too_large(bytes as u64, most as u64));
            }
            found.insert(hash, blob);
        }
        Ok(found)
    }

    async fn make(
        &self,
        subject: Subject,
        shape: convert::Shape,
        masked: bool,
    ) -> Result<Converted, Refusal> {
        let (converter, revision) = (&self.runtime.shared.converter, subject.revision);
        let format = shape.format;
        let made = converter.run(move |config, stop| convert::write(subject, &shape, config, stop));
        self.put_away(made.await?, format, Some(revision), masked).await
    }

    /// Nothing of it is masked: whoever asks holds the file that it says the same as.
    async fn rewrite(&self, source: Source, asked: convert::Asked) -> Result<Converted, Refusal> {
        let (converter, format) = (&self.runtime.shared.converter, asked.format);
        let made =
            converter.run(move |config, stop| convert::rewrite(&source, &asked, config, stop));
        self.put_away(made.await?, format, None, false).await
    }

    /// What changed from one state to another.
    async fn compare(
        &self,
        before: Subject,
        after: Subject,
        format: ConvertFormat,
        masked: bool,
    ) -> Result<Converted, Refusal> {
        let (converter, revision) = (&self.runtime.shared.converter, after.revision);
        let made = converter
            .run(move |config, stop| convert::compare(before, after, format, config, stop));
        self.put_away(made.await?, format, Some(revision), masked).await
    }

    async fn put_away(
        &self,
        mut made: Made,
        format: ConvertFormat,
        revision: Option<Revision>,
        masked: bool,
    ) -> Result<Converted, Refusal> {
        let shared = &self.runtime.shared;
        if masked {
            let (what, place) = ("personal_data".to_owned(), String::new());
            made.losses.push(Loss { what, place, count: 1 });
        }
        let bytes = made.bytes.len() as u64;
        let hash = shared.world.blobs.put(&self.due().address.tenant, made.bytes.into()).await?;
        let (losses, lost) = told(made.losses);
        let (filename, parts) = (made.filename, Vec::new());
        Ok(Converted { format, filename, hash, bytes, revision, parts, losses, lost })
    }

    /// The file that is to be read.
    async fn source(&self, from: &ConvertFrom) -> Result<Source, Refusal> {
        match from {
            ConvertFrom::Text { text, format } => Ok(Source::text(text, *format)),
            ConvertFrom::Base64 { base64, format } => Source::base64(base64, *format),
            ConvertFrom::File { id, format } => self.uploaded(id, *format).await,
            ConvertFrom::Actor { .. } => Err(Refusal::internal("an actor is no file that is read")),
        }
    }

    async fn uploaded(
        &self,
        id: &ActorId,
        format: Option<ConvertFormat>,
    ) -> Result<Source, Refusal> {
        let shared = &self.runtime.shared;
        let tenant = &self.due().address.tenant;
        let address = Address::new(tenant.clone(), file::KIND, id.clone());
        shared.ensure_may_read(&self.asker(), &address)?;
        let living = shared.hydrator.wake(&address).await?;
        let state = contracts::read::from_value::<Uploaded>(living.machine.state());
        let state = state.map_err(|error| Refusal::internal(error.to_string()))?;
        let missing = || Refusal::not_found("actor_not_found", format!("there is no file {id}"));
        let upload = state.file.filter(|_| !state.deleted).ok_or_else(missing)?;
        let bytes_max = shared.converter.config.source_bytes_max as u64;
        if upload.bytes > bytes_max {
            return Err(convert::too_large(upload.bytes, bytes_max));
        }
        let bytes = self.kept_bytes(upload.blob).await?;
        Source::file(bytes, upload.filename, format)
    }

    async fn kept_bytes(&self, hash: Hash) -> Result<Bytes, Refusal> {
        let kept = self.runtime.shared.world.blobs.get(&self.due().address.tenant, hash).await?;
        kept.ok_or_else(|| {
            let message = format!("the blob {hash} is gone");
            Refusal::not_found("blob_missing", message)
        })
    }

    /// The input of a command that the tenant's blobs keep.
    pub(super) async fn kept_input(&self, hash: Hash) -> Result<Value, Refusal> {
        let bytes = self.kept_bytes(hash).await?;
        let input = contracts::read::from_slice(&bytes);
        input.map_err(|_| Refusal::internal(format!("the blob {hash} is no input of a command")))
    }

    async fn take_in(&self, source: Source, into: ConvertInto) -> Result<Converted, Refusal> {
        let shared = &self.runtime.shared;
        let tenant = &self.due().address.tenant;
        let (format, filename) = (source.format, source.filename.clone());
        let bytes = source.bytes.len() as u64;
        let read = shared.converter.run(move |config, stop| {
            let read = convert::read(&source, &into, config, stop)?;
            Ok((read, source.hash()))
        });
        let (read, hash) = read.await?;
        for content in read.media {
            shared.world.blobs.put(tenant, content.into()).await?;
        }
        let mut parts = Vec::with_capacity(read.parts.len());
        for part in read.parts {
            let bytes = part.input.len() as u64;
            let input = shared.world.blobs.put(tenant, part.input.into()).await?;
            parts.push(CommandPart { name: part.name, input, bytes });
        }
        let (losses, lost) = told(read.losses);
        Ok(Converted { format, filename, hash, bytes, revision: None, parts, losses, lost })
    }
}

/// As many losses as are told, and how many there are.
fn told(mut losses: Vec<Loss>) -> (Vec<Loss>, u64) {
    let lost = losses.iter().fold(0_u64, |sum, loss| sum.saturating_add(loss.count));
    losses.truncate(LOSSES_TOLD_MAX);
    (losses, lost)
}
