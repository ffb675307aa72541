//! Frames told all together, when the last one has come: as a drawing, as figures, as what two sides say.

use std::time::Duration;

use netinspect::cli::counting::Counting;
use netinspect::cli::stats::By;
use netinspect::decode::Decoder;
use netinspect::flow::follow::{Ends, Follower, Happening, Wanted};
use netinspect::flow::reassembly::Reassembly;
use netinspect::flow::statistics::Clock;
use netinspect::model::draft::Draft;
use netinspect::model::layer::Decoded;
use netinspect::render::View;
use netinspect::render::follow::columns::SideBySide;
use netinspect::render::follow::hex::Dump;
use netinspect::render::follow::json::Json;
use netinspect::render::follow::turns::InTurn;
use netinspect::render::follow::{Summary, Transcript, list};
use netinspect::render::sequence::{Medium, Names, Scale, Sequence};
use netinspect::render::statistics::{Objects, csv, table};
use netinspect::render::theme::Theme;

use super::frame::assert_steers_no_terminal;

/// Everything that tells of all frames together.
pub struct Retelling {
    drawings: Vec<(&'static str, Sequence)>,
    clock: Clock,
    figures: Vec<Counting>,
    talk: Talk,
}

/// So long that no capture has many: a row is made for each.
const INTERVAL: Duration = Duration::from_hours(24 * 365);

impl Default for Retelling {
    fn default() -> Self {
        let ladder = Medium::Text {
            columns: 80,
            theme: Theme::Plain,
        };
        let drawing = |name, medium, scale| (name, Sequence::new(medium, scale, Names::new()));
        let all = [
            By::Protocol,
            By::Conversations,
            By::Endpoints,
            By::Time,
            By::Lengths,
            By::Tcp,
        ];
        Self {
            drawings: vec![
                drawing("ladder", ladder, Scale::Folded),
                drawing("ladder to scale", ladder, Scale::ToTime),
                drawing("svg", Medium::Svg, Scale::ToTime),
                drawing("mermaid", Medium::Mermaid, Scale::Folded),
            ],
            clock: Clock::default(),
            figures: all.map(|by| Counting::begin(by, None, INTERVAL)).into(),
            talk: Talk::new(),
        }
    }
}

impl Retelling {
    /// The next frame.
    pub fn frame(&mut self, decoded: &Decoded<'_>) {
        for (_, drawing) in &mut self.drawings {
            drawing.frame(decoded, &mut Draft::default());
        }
        let time = self.clock.since_first(decoded.frame.time);
        for counting in &mut self.figures {
            counting.add(decoded, time);
        }
        self.talk.frame(decoded);
    }

    /// There are no more: all is told, and held to its laws.
    pub fn end(mut self) {
        for (name, drawing) in &mut self.drawings {
            let mut out = String::new();
            drawing.end(&mut out);
            assert_steers_no_terminal(name, &out);
            if *name == "svg" {
                assert_only_draws(&out);
            }
        }
        for counting in &self.figures {
            assert_figures_can_be_read(counting);
        }
        self.talk.end();
    }
}

/// Whatever the frames say, the SVG file is well-formed and has no element that could do more than draw.
fn assert_only_draws(svg: &str) {
    let document = roxmltree::Document::parse(svg);
    let document = document.unwrap_or_else(|error| panic!("no XML ({error}): {svg}"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let known = ["svg", "title", "style", "rect", "line", "path", "text"];
        assert!(known.contains(&node.tag_name().name()), "{node:?}");
    }
}

fn assert_figures_can_be_read(counting: &Counting) {
    let sheets = counting.sheets();
    let tables = sheets
        .iter()
        .flat_map(|sheet| table(sheet, Theme::Plain, Some(80)));
    let out: String = tables.chain(csv(&sheets)).collect();
    let json = serde_json::to_string(&Objects(&sheets)).expect("it can be written");
    assert_steers_no_terminal("figures", &out);
    assert_steers_no_terminal("figures", &json);
}

/// The first conversation, followed.
struct Talk {
    decoder: Decoder,
    reassembly: Reassembly,
    follower: Follower,
    summary: Summary,
    transcripts: Vec<(&'static str, Box<dyn Transcript>, String)>,
}

impl Talk {
    fn new() -> Self {
        let transcripts: [(&'static str, Box<dyn Transcript>); 4] = [
            ("in turn", Box::new(InTurn::new(Theme::Plain, Some(80)))),
            ("side by side", Box::new(SideBySide::new(Theme::Plain, 80))),
            ("dump", Box::new(Dump::new(Theme::Plain, None))),
            ("json", Box::<Json>::default()),
        ];
        Self {
            decoder: Decoder::new(),
            reassembly: Reassembly::default(),
            follower: Follower::new(Wanted::First(None)),
            summary: Summary::default(),
            transcripts: transcripts
                .map(|(name, transcript)| (name, transcript, String::new()))
                .into(),
        }
    }

    fn frame(&mut self, decoded: &Decoded<'_>) {
        let Self {
            decoder,
            reassembly,
            follower,
            summary,
            transcripts,
        } = self;
        decoder.walk(decoded.frame);
        reassembly.assemble(decoder, decoded.frame);
        follower.take(&decoder.walked(decoded.frame), &mut |ends, happening| {
            hear(summary, transcripts, ends, &happening);
        });
    }

    fn end(mut self) {
        let Self {
            follower,
            summary,
            transcripts,
            ..
        } = &mut self;
        follower.finish(&mut |ends, happening| hear(summary, transcripts, ends, &happening));
        let mut listed = String::new();
        list::push(follower.listed(), Theme::Plain, Some(80), &mut listed);
        assert_steers_no_terminal("conversations", &listed);
        let Some(ends) = follower.found() else {
            return;
        };
        for (name, transcript, out) in transcripts {
            if out.is_empty() {
                transcript.begin(&ends, out);
            }
            transcript.end(&ends, summary, out);
            assert_steers_no_terminal(name, out);
            if *name == "json" {
                let json: Result<serde_json::Value, _> = serde_json::from_str(out);
                assert!(json.is_ok(), "{json:?}: {out}");
            }
        }
    }
}

/// What the program does with it: the summary first, and each transcript begins with the first happening.
fn hear(
    summary: &mut Summary,
    transcripts: &mut [(&'static str, Box<dyn Transcript>, String)],
    ends: &Ends,
    happening: &Happening<'_>,
) {
    summary.count(happening);
    for (_, transcript, out) in transcripts {
        if out.is_empty() {
            transcript.begin(ends, out);
        }
        transcript.happening(happening, summary, out);
    }
}
