//! Which frames are shown: those that pass the display filter.

use clap::Args;

use super::error::CliError;
use super::output::{print, tell};
use crate::capture::Source;
use crate::decode::Decoder;
use crate::decode::kept::Kept;
use crate::filter::Filter;
use crate::flow::foresight::Foresight;
use crate::flow::{Flows, REMEMBERED};
use crate::model::frame::Frame;
use crate::model::layer::Decoded;
use crate::model::needs::{Depth, Needs, Past};
use crate::model::secrets::Secrets;

/// The options that choose frames.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Which frames to show")]
pub struct FilterArgs {
    /// Show only frames that pass this display filter, in Wireshark's language: 'tcp.port == 12345 and tcp.len > 0'
    #[arg(short = 'Y', long, value_name = "FILTER", allow_hyphen_values = true)]
    filter: Option<String>,

    /// Show what the filter means and how each value is read, and end
    #[arg(long, requires = "filter")]
    explain_filter: bool,
}

impl FilterArgs {
    /// The sieve of the filter; `None` when it was only to be explained, which has been done.
    ///
    /// # Errors
    ///
    /// The filter cannot be understood.
    pub fn sieve(&self) -> Result<Option<Sieve>, CliError> {
        let filter = self.filter.as_deref().map(Filter::new).transpose()?;
        if let Some(hint) = filter.as_ref().and_then(Filter::hint) {
            tell(&hint);
        }
        match &filter {
            Some(filter) if self.explain_filter => {
                print(&filter.explain())?;
                Ok(None)
            }
            _ => Ok(Some(Sieve {
                filter,
                ..Sieve::default()
            })),
        }
    }
}

impl FilterArgs {
    /// Whether there is a filter, so that some frames may not be shown.
    pub const fn is_given(&self) -> bool {
        self.filter.is_some()
    }

    /// The same frames, as far as they belong to this TCP connection.
    #[must_use]
    pub fn of_stream(self, stream: Option<u64>) -> Self {
        let Some(stream) = stream else { return self };
        let of_stream = format!("tcp.stream == {stream}");
        let filter = match self.filter {
            Some(filter) => format!("({filter}) and {of_stream}"),
            None => of_stream,
        };
        Self {
            filter: Some(filter),
            ..self
        }
    }
}

/// Tells which frames pass, one after the other; it must see them all, since some questions are about the
/// frames before.
#[derive(Debug, Default)]
pub struct Sieve {
    filter: Option<Filter>,
    decoder: Decoder,
    flows: Flows,
}

impl Sieve {
    /// A sieve for the same frames that has seen none.
    #[must_use]
    pub fn another(&self) -> Self {
        let filter = self.filter.as_ref();
        Self {
            // It has been understood before.
            filter: filter.and_then(|filter| Filter::new(filter.text()).ok()),
            ..Self::default()
        }
    }

    /// Whether some frames may not pass.
    pub const fn has_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// From here on, what these secrets open is decrypted, as far as they are there when it comes.
    pub fn decrypt_with(&mut self, secrets: Secrets) {
        self.flows.decrypt_with(secrets);
    }

    /// Reads a capture beforehand, to its end or to the frame `until`, so that frames can say which later ones
    /// complete them. Damage is told when it is read for itself.
    pub fn foresee(&mut self, source: &mut dyn Source, secrets: &Secrets, until: u64) {
        let (mut decoder, mut flows) = (Decoder::new(), Flows::default());
        flows.decrypt_with(secrets.clone());
        let mut foresight = Foresight::default();
        while let Ok(Some(frame)) = source.next_frame()
            && frame.number <= until
        {
            decoder.walk(&frame);
            flows.assemble(&mut decoder, &frame, Past::Marks);
            foresight.note(&decoder.walked(&frame));
        }
        self.flows.foresee(foresight);
    }

    /// The next frame where it passes, decoded as deep as is wanted and with what is wanted of those before
    /// it; `wanted` is the same for all frames.
    pub fn sift<'a>(&'a mut self, frame: &'a Frame<'a>, wanted: Needs) -> Option<Decoded<'a>> {
        if !self.passes(frame, wanted) {
            return None;
        }
        let decoded = self.decoder.deepen(frame, wanted.depth);
        Some(decoded.with_followed(self.flows.followed()))
    }

    /// Puts the next frame by where it passes, to be decoded as deep as is wanted elsewhere.
    pub fn sift_and_keep(&mut self, frame: &Frame<'_>, wanted: Needs, kept: &mut Kept) {
        if self.passes(frame, wanted) {
            self.decoder.keep(frame, self.flows.followed(), kept);
        }
    }

    /// Takes in the next frame, as far as the filter and following need it: whether it passes.
    fn passes(&mut self, frame: &Frame<'_>, wanted: Needs) -> bool {
        // Then no frame has to be remembered.
        if wanted.past == Past::Nothing
            && let Some(passes) = self.passes_by_headers(frame)
        {
            return passes;
        }
        self.passes_followed(frame, wanted)
    }

    /// Whether the next frame passes, where its headers alone tell that.
    #[inline]
    fn passes_by_headers(&mut self, frame: &Frame<'_>) -> Option<bool> {
        let passes = self.filter.as_ref()?.told_by_headers(frame)?;
        if passes {
            self.decoder.walk_to(frame, Depth::Frame);
        }
        Some(passes)
    }

    /// Whether the next frame passes beside those before it.
    fn passes_followed(&mut self, frame: &Frame<'_>, wanted: Needs) -> bool {
        // Without a filter, every frame is wanted as deep as it is shown.
        let asked = self.filter.as_ref().map_or(wanted, Filter::needs);
        let past = asked.past.max(wanted.past);
        // To put messages together, one must have found them.
        let found = if past >= Past::Marks {
            Depth::Walk
        } else {
            asked.depth
        };
        self.decoder.walk_to(frame, found);
        let followed = self.flows.assemble(&mut self.decoder, frame, past);
        let passes = self.filter.as_ref().is_none_or(|filter| {
            let decoded = self.decoder.deepen(frame, asked.depth);
            filter.passes(&decoded.with_followed(followed))
        });
        if passes {
            self.flows.is_shown(frame.time);
        }
        passes
    }

    /// Says on standard error when conversations were forgotten to keep memory bounded.
    pub fn tell_forgotten(&self) {
        tell_given_up(self.flows.given_up());
        let unacknowledged = self.flows.unacknowledged();
        if unacknowledged > 0 {
            tell(&format!(
                "{unacknowledged} segments that nobody had acknowledged were forgotten to keep memory bounded: whether they came again, and how long their way took, is not told"
            ));
        }
        let forgotten = self.flows.forgotten();
        if forgotten > 0 {
            tell(&format!(
                "{forgotten} conversations were forgotten to keep memory bounded: of each protocol, the {REMEMBERED} that spoke last are remembered, and one that speaks again counts as new"
            ));
        }
    }
}

/// Says on standard error when datagrams or streams were given up to keep memory bounded.
pub fn tell_given_up(count: u64) {
    if count > 0 {
        tell(&format!(
            "{count} datagrams or streams, of which parts were missing, were given up to keep memory bounded"
        ));
    }
}
