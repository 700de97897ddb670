"""Examples of every command, for its help and its manual page."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "video": (
        ("dreamvideo video clip.mp4", "clip_dream.mp4: same frames, times, size and sound"),
        ("dreamvideo video clip.mp4 out.gif --width 480 --end 0:05 --max-size 8MB", "five seconds to share"),
        ("dreamvideo video clip.mp4 out.mp4 -l mixed6 -l mixed4:23=0.5", "a layer, and half as much of a channel"),
        ("dreamvideo video clip.mp4 --of '0s: starfish, 4s: flamingo smooth'", "what appears, over time"),
        ("ffmpeg -i clip.mp4 -f yuv4mpegpipe - | dreamvideo video - - | ffplay -", "from pipe to pipe, without a file"),
        ("dreamvideo video clip.mp4 --step-size '0s: 0.002, 10s: 0.012 smooth'", "a dream that grows"),
    ),
    "image": (
        ("dreamvideo image photo.jpg", "photo_dream.jpg"),
        ("dreamvideo image photo.jpg --of starfish", "what shall appear, by its name"),
        ("dreamvideo image photo.jpg out.png -l mixed6 --steps 20", "another layer, twice as strong"),
        ("dreamvideo image *.jpg --to dreams", "a folder of dreams, each under its picture's name"),
        ("dreamvideo image photo.jpg --preset animals --keep-colors", "a look with a name, in the photo's colours"),
    ),
    "zoom": (
        ("dreamvideo zoom photo.jpg dive.mp4 --duration 20", "twenty seconds into a picture"),
        ("dreamvideo zoom photo.jpg loop.gif --loop --duration 6 --max-size 8MB", "an endless one to share"),
        ("dreamvideo zoom photo.jpg --zoom '0s: 1, 4s: 1.6 smooth' --music song.mp3", "slowly at first, with sound"),
        ("dreamvideo zoom photo.jpg --journey 'coral, starfish, penguin'", "through words, in order"),
        ("dreamvideo zoom --from-noise out.mp4", "out of nothing"),
    ),
    "live": (
        ("dreamvideo live", "the first camera, in a window; h shows the keys"),
        ("dreamvideo live clip.mp4 --repeat --of penguin", "a video in place of a camera, with something to appear"),
        ("dreamvideo live --record party.mp4", "what is shown, kept; the recipe is inside"),
        ("dreamvideo live --to - | ffmpeg -i - -f v4l2 /dev/video9", "a virtual camera for video calls"),
    ),
    "resume": (
        ("dreamvideo resume clip_dream.mp4.job", "go on where it ended"),
        ("dreamvideo resume clip_dream.mp4.job --output clip.webm", "as another kind of file"),
        ("dreamvideo resume clip_dream.mp4.job --dry-run", "how long the rest takes"),
    ),
    "atlas": (
        ("dreamvideo atlas photo.jpg", "photo_atlas.png: every layer"),
        ("dreamvideo atlas photo.jpg --channels mixed4", "the channels of a layer that see most in this picture"),
    ),
    "preview": (
        ("dreamvideo preview clip.mp4 -l mixed5", "clip_preview.png, and what the whole costs"),
        ("dreamvideo preview clip.mp4 --dry-run", "the cost alone"),
    ),
    "compare": (
        ("dreamvideo compare source.mp4 a.mp4 b.mp4 out.mp4", "three clips in a row"),
        ("dreamvideo compare a.mp4 b.mp4 out.mp4 --label before --label after", "under names of your own"),
    ),
    "layers": (
        ("dreamvideo layers", "those of the network that dreams by default"),
        ("dreamvideo layers --model inception_v3 --all", "every layer of another"),
    ),
    "words": (
        ("dreamvideo words", "all of them, by group"),
        ("dreamvideo words birds", "those of a group, or with this in their names"),
        ("dreamvideo words sea --sheet --on photo.jpg", "words.png: each of them dreamed on a photo"),
    ),
    "learn": (
        ("dreamvideo learn 'our cat' photos/*.jpg", "then: dreamvideo image photo.jpg --of 'our cat'"),
        ("dreamvideo learn oak walk.mp4 -o oak.npz", "from a clip, into a file: --of ./oak.npz"),
    ),
    "studio": (
        ("dreamvideo studio", "a page in your browser"),
        ("dreamvideo studio --port 0 --no-browser", "its address alone, on any free port"),
    ),
    "show": (
        ("dreamvideo show dive.mp4 > dive.toml", "the recipe inside a result"),
        ("dreamvideo zoom other.jpg --recipe dive.toml", "the same on another picture"),
        ("dreamvideo show --preset eyes", "what settings are in force, and from where"),
    ),
    "presets": (("dreamvideo presets", "what --preset may be"),),
    "bench": (("dreamvideo bench -m dreamnet -m inception_v3 --size 1280x720", "two networks at one size"),),
    "models": (("dreamvideo models", "what --model may be, and whether its weights are here"),),
    "models list": (("dreamvideo models list", "what --model may be, and whether its weights are here"),),
    "models fetch": (("dreamvideo models fetch inception_v3", "download, once"),),
    "models check": (("dreamvideo models check", "every network whose weights are here"),),
    "man": (
        ("dreamvideo man video | man -l -", "the manual of a command"),
        ("dreamvideo man --format markdown > commands.md", "all of them as one document"),
    ),
}
"""Command -> what to type, and what it does."""


def epilog(name: str, *notes: str) -> str:
    """The end of a command's help: examples and notes."""
    lines = ["[bold]Examples[/bold]"]
    for typed, does in EXAMPLES.get(name, ()):
        lines += [f"[bold]{typed}[/bold]", f"    {does}"]
    return "\n\n".join(["\n".join(lines), *notes])
