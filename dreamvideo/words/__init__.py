"""Words: what a network knows by name, so that it can be told what shall appear.

`meaning` is a word, a direction in the network's features, and its file; `vocabulary` those that ship; `own` the
user's; `finding` turns what people type into one; `pinning` makes recipes carry the user's; `teaching` makes a new one
from a few pictures, which `lessons` reads.
"""

from dreamvideo.words.finding import find, nearest
from dreamvideo.words.meaning import Meaning
from dreamvideo.words.own import folder, own_words, place
from dreamvideo.words.pinning import pin
from dreamvideo.words.teaching import LEAST, MOST, learn
from dreamvideo.words.vocabulary import FILE, Basis, Vocabulary, load_vocabulary

__all__ = [
    "FILE",
    "LEAST",
    "MOST",
    "Basis",
    "Meaning",
    "Vocabulary",
    "find",
    "folder",
    "learn",
    "load_vocabulary",
    "nearest",
    "own_words",
    "pin",
    "place",
]
