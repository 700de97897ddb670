"""Words: names of things that a network can be told to dream of.

`meaning` is one word (a direction in the network's feature space) and its file. `vocabulary` holds the words that ship,
`own` the user's. `finding` turns typed text into a word, `pinning` stores the user's words in recipes, `teaching` makes
a new word
from a few pictures, which `lessons` reads.
"""

from dreamvideo.words.finding import find, nearest
from dreamvideo.words.meaning import Meaning
from dreamvideo.words.own import own_words, word_path
from dreamvideo.words.pinning import pin
from dreamvideo.words.teaching import LEAST, learn
from dreamvideo.words.vocabulary import FILE, Basis, Vocabulary, load_vocabulary

__all__ = [
    "FILE",
    "LEAST",
    "Basis",
    "Meaning",
    "Vocabulary",
    "find",
    "learn",
    "load_vocabulary",
    "nearest",
    "own_words",
    "pin",
    "word_path",
]
