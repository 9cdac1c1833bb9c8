//! The flame graph: a box for each function, as wide as what it and those above it cost, standing on its caller. The
//! colour says whose it is; pointing at a box shows its name and figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::stacks::{Frame, Stacks};
use crate::table::whole;

const WIDTH: f64 = 1_400.0;
const ROW: f64 = 16.0;
const HEAD: f64 = 44.0;
/// Of a letter, in pixels.
const LETTER: f64 = 6.0;
/// What is narrower is left out, in pixels.
const NARROW: f64 = 0.7;

const COLOURS: [(&str, &str); 8] = [
    ("reauth", "#f28e2b"),
    ("reqwest", "#76a9d6"),
    ("url", "#e15759"),
    ("tower", "#b7d3ea"),
    ("hyper_util", "#8cd17d"),
    ("hyper", "#59a14f"),
    ("tokio", "#b6a0d0"),
    ("serde", "#f1ce63"),
];
const OTHER: &str = "#d0ccc8";

/// A function under its callers.
#[derive(Default)]
struct Node {
    instructions: f64,
    callees: BTreeMap<Frame, Node>,
}

impl Node {
    fn add(&mut self, stack: &[Frame], instructions: f64) {
        self.instructions += instructions;
        if let [frame, rest @ ..] = stack {
            self.callees.entry(frame.clone()).or_default().add(rest, instructions);
        }
    }

    fn depth(&self, scale: f64) -> usize {
        let callees = self.callees.values().filter(|node| node.instructions * scale >= NARROW);
        callees.map(|node| 1 + node.depth(scale)).max().unwrap_or_default()
    }
}

pub(super) fn draw(stacks: &Stacks) -> String {
    let mut root = Node::default();
    for (stack, instructions) in stacks.iter() {
        root.add(stack, instructions);
    }
    let scale = WIDTH / root.instructions;
    #[expect(clippy::cast_precision_loss, reason = "a depth")]
    let height = HEAD + ROW * (root.depth(scale) + 1) as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" font-size=\"10\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"4\" y=\"16\" font-size=\"13\">One call of reauth: {} instructions, by the function that executes them</text>\n",
        whole(root.instructions),
    );
    let legend = COLOURS.iter().chain(&[("anything else", OTHER)]);
    for (index, (owner, colour)) in (0_i32..).zip(legend) {
        let x = 4 + 110 * index;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"24\" width=\"10\" height=\"10\" fill=\"{colour}\"/><text x=\"{}\" y=\"33\">{owner}</text>",
            x + 14,
        );
    }
    let mut graph = Graph {
        svg,
        total: root.instructions,
        scale,
    };
    graph.row(&root, 0.0, height - ROW);
    graph.svg += "</svg>\n";
    graph.svg
}

struct Graph {
    svg: String,
    total: f64,
    scale: f64,
}

impl Graph {
    /// The callees of one node, side by side, and theirs above them.
    fn row(&mut self, node: &Node, mut x: f64, y: f64) {
        for (frame, node) in &node.callees {
            let width = node.instructions * self.scale;
            if width >= NARROW {
                self.frame(frame, node.instructions, (x, y, width));
                self.row(node, x, y - ROW);
            }
            x += width;
        }
    }

    fn frame(&mut self, frame: &Frame, instructions: f64, (x, y, width): (f64, f64, f64)) {
        let colour = COLOURS
            .iter()
            .find(|(owner, _)| *owner == frame.owner())
            .map_or(OTHER, |(_, colour)| colour);
        let name = escaped(frame.name());
        let share = 100.0 * instructions / self.total;
        let _ = write!(
            self.svg,
            "<g><title>{name}: {} ({share:.1} %)</title><rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\".4\"/>",
            whole(instructions),
            ROW - 1.0,
        );
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few hundred letters at most"
        )]
        let room = (width / LETTER) as usize;
        let shown = [frame.name(), frame.short()].into_iter().find(|name| name.len() < room);
        let shown = shown.map_or_else(
            || frame.short().chars().take(room.saturating_sub(1)).collect(),
            str::to_owned,
        );
        if room > 3 {
            let _ = write!(
                self.svg,
                "<text x=\"{:.1}\" y=\"{}\">{}</text>",
                x + 2.0,
                y + 11.0,
                escaped(&shown)
            );
        }
        self.svg += "</g>\n";
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
