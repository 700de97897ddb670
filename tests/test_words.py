"""Words: what people type, what is ascended, words of one's own, words over time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

from dreamvideo.app import app
from dreamvideo.choose.atlas import atlas_entries, objective_of
from dreamvideo.config import DreamConfig, Layer, Recipe, Word, ZoomConfig
from dreamvideo.dreamer import Dreamer
from dreamvideo.errors import ConfigError, InputError, InputNotFoundError
from dreamvideo.media import read_still, write_still
from dreamvideo.media.frame import Picture
from dreamvideo.networks import load_network
from dreamvideo.networks.network import Network
from dreamvideo.objectives import configured, layer, of
from dreamvideo.pipeline import dream_image
from dreamvideo.recipe import Settings, assemble, from_file, to_toml
from dreamvideo.schedule import WordSchedule, apply_schedules
from dreamvideo.words import FILE, Basis, Meaning, Vocabulary, find, learn, load_vocabulary, own_words, pin, word_path
from dreamvideo.zoom import plan_journey

QUICK = DreamConfig(octave_factors=(0,), steps=3)


@pytest.fixture(scope="module")
def bundled() -> Network:
    return load_network()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def cat(home: Path, bundled: Network) -> Meaning:
    vector = np.zeros(bundled.channels("mixed7"), np.float32)
    vector[3] = 1
    meaning = Meaning("our cat", vector, "mixed7", bundled.weights_hash, 9, own=True)
    meaning.write(word_path("Our cat"))
    return meaning


def test_the_vocabulary_that_ships_is_of_the_network_that_ships(bundled: Network) -> None:
    vocabulary = load_vocabulary()
    assert FILE.stat().st_size < 700_000 and len(vocabulary.meanings) >= 250
    card = FILE.with_name("WORDS.md").read_text(encoding="utf-8")
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() in card
    shipped = re.findall(r"^\| ([^|]+) \|.*\| yes \|$", card, re.MULTILINE)
    assert shipped == list(vocabulary.meanings)
    assert {name for names in vocabulary.groups.values() for name in names} == set(vocabulary.meanings)
    for name, meaning in vocabulary.meanings.items():
        assert meaning.weights_sha256 == bundled.weights_hash and name == name.lower() == meaning.name
        assert meaning.vector.shape == (bundled.channels(meaning.layer),) and np.isfinite(meaning.vector).all()


def test_a_vocabulary_is_read_as_it_was_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    covariance = np.cov(rng.normal(size=(7, 90)))
    basis = Basis("mixed7", "0" * 64, rng.normal(size=7).astype("f"), np.linalg.inv(covariance).astype("f"), 0.5)
    direction = basis.direction(rng.normal(size=7))
    assert np.sqrt(direction @ covariance @ direction) == pytest.approx(0.5, rel=1e-2)
    meaning = Meaning("oak", direction, "mixed7", "0" * 64, 12)
    made = Vocabulary({"oak": meaning}, {"plants": ("oak",)}, {"tree": "oak"}, basis)
    made.write(tmp_path / "v.npz")
    read = Vocabulary.read(tmp_path / "v.npz")
    assert (read.groups, read.synonyms, read.meanings["oak"].digest) == (made.groups, made.synonyms, meaning.digest)
    np.testing.assert_allclose(read.basis.precision, basis.precision, atol=2e-3 * np.abs(basis.precision).max())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Penguins", "penguin"),
        ("kitty", "cat"),
        ("  RED   pandas ", "red panda"),
        ("sea-horse", "sea horse"),
        ("butterflies", "butterfly"),
        ("wolves", "wolf"),
        ("buses", "bus"),
        ("alligators", "alligator"),
    ],
)
def test_what_people_type_is_found(home: Path, typed: str, meant: str) -> None:
    assert find(Word.parse(typed)).name == meant


def test_an_unknown_word_names_the_nearest_and_how_to_teach_it(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"'pengwin'.*penguin.*dreamvideo learn"):
        of("pengwin")


def test_words_are_read_and_written_alike() -> None:
    for text in ("penguin", "coral=0.5", "our cat#0123456789ab=-2", "./a b/cat.npz=1e-05"):
        assert str(Word.parse(text)) == text
    for text in ("", "=1", "coral=", "coral=x"):
        with pytest.raises(ConfigError):
            Word.parse(text)


def test_a_words_value_is_the_mean_square_along_its_direction(bundled: Network, photo: Picture) -> None:
    features = bundled.features(["mixed7", "mixed5"])(tf.constant(photo)[None])
    deep, middle = (np.asarray(each) for each in features)
    dreamer = Dreamer(bundled, QUICK)
    starfish, lion = (find(Word(name)).vector for name in ("starfish", "lion"))
    for words, direction in (("starfish", starfish), ("starfish=1.5, lion=-0.5", 0.75 * starfish - 0.25 * lion)):
        expected = np.mean(np.maximum(deep @ direction, 0) ** 2)
        assert dreamer.value(photo, of(words)) == pytest.approx(expected, rel=1e-3)
    both = 0.6 * of("starfish") + 0.2 * layer("mixed5")
    expected = 0.75 * np.mean(np.maximum(deep @ starfish, 0) ** 2) + 0.25 * np.mean(middle**2)
    assert dreamer.value(photo, both) == pytest.approx(expected, rel=1e-3)


def test_other_words_need_no_other_graph_and_each_rises(bundled: Network, photo: Picture) -> None:
    dreamer = Dreamer(bundled, replace(QUICK, of=(Word("starfish"),)))
    raised = dreamer.value(dreamer.dream(photo)) / dreamer.value(photo)
    traces = dreamer.traces
    others = [of("lion"), of("lion=1, coral=0.5"), -1 * of("dog"), of("penguin") + of("castle")]
    gains = [dreamer.value(dreamer.dream(photo, objective=o), o) / dreamer.value(photo, o) for o in others]
    assert min(raised, *gains) > 2 and dreamer.traces == traces


def test_what_cannot_be_meant_is_refused(bundled: Network, network: Network) -> None:
    with pytest.raises(ConfigError, match="belong to one network"):
        of("lion").bind(network, "mean_square")
    with pytest.raises(ConfigError, match="cancel out"):
        of("lion, lion=-1").bind(bundled, "mean_square")


def test_words_pass_into_one_another(bundled: Network) -> None:
    text = "0s: starfish, lion=0.5, 4s: flamingo smooth, 8s: castle + lion"
    recipe = assemble([Settings("--of", {"dream.of": text})])
    assert recipe.schedules == (("dream.of", text),) and recipe.dream.of == ()
    at = {t: {str(replace(w, weight=1)): w.weight for w in apply_schedules(recipe, t).dream.of} for t in (0, 1, 6, 9)}
    assert at[0] == {"starfish": 1, "lion": 0.5} and at[9] == {"castle": 1, "lion": 1}
    assert at[1] == pytest.approx({"starfish": 27 / 32, "lion": 27 / 64, "flamingo": 5 / 32})
    assert at[6] == {"flamingo": 0.5, "castle": 0.5, "lion": 0.5}
    with pytest.raises(ConfigError, match="4s"):
        WordSchedule.parse("0s: lion, 4s: =")
    halfway = configured(apply_schedules(recipe, 6).dream, bundled).bind(bundled, "mean_square").numbers[0][0]
    vectors = [find(Word(name)).vector for name in ("flamingo", "castle", "lion")]
    np.testing.assert_allclose(halfway, np.mean(vectors, axis=0), atol=1e-6)


def test_flags_files_and_python_say_the_same(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["show", "--of", "penguin=1, coral=0.5", "--of", "lion=-1"])
    assert 'of = ["penguin", "coral=0.5", "lion=-1"]' in shown.stdout
    (tmp_path / "r.toml").write_text(shown.stdout)
    assert assemble(from_file(tmp_path / "r.toml")).dream == DreamConfig(of=["penguin", "coral=0.5", "lion=-1"])  # type: ignore[arg-type]


def test_recipes_carry_own_words_by_their_digest(cat: Meaning, home: Path) -> None:
    assert find(Word("OUR CATS")).digest == cat.digest and list(own_words()) == ["our cat"]
    recipe = Recipe(
        dream=DreamConfig(of=(Word("our cat", 0.5), Word("lion"))),
        zoom=ZoomConfig(journey="lion, our cat + coral"),
    )
    scheduled = pin(Recipe(schedules=(("dream.of", "0s: lion, 2s: our cat=2 smooth"),)))
    pinned = pin(recipe)
    name = f"our cat#{cat.digest}"
    assert [str(word) for word in pinned.dream.of] == [f"{name}=0.5", "lion"]
    assert pinned.zoom.journey == f"lion, {name} + coral"
    assert scheduled.schedules == (("dream.of", f"0s: lion, 2s: {name}=2 smooth"),)
    for one in (pinned, scheduled):
        assert pin(one) == one and assemble(from_toml_of(one, home)) == one
    word_path("our cat").rename(home / "cat.npz")
    with pytest.raises(InputNotFoundError, match=f"our cat.*{cat.digest}.*whoever made the recipe"):
        find(pinned.dream.of[0])
    assert find(Word(str(home / "cat.npz"))).digest == cat.digest


def from_toml_of(recipe: Recipe, folder: Path) -> list[Settings]:
    (folder / "recipe.toml").write_text(to_toml(recipe))
    return from_file(folder / "recipe.toml")


def test_a_file_that_holds_no_word_is_refused(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"PK\3\4 no zip", b"x" * 2**21)):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(content)
        with pytest.raises(InputError, match="dreamvideo learn"):
            Meaning.read(path)
    np.savez(tmp_path / "other.npz", format=1, name="x", vector=np.array([np.nan]), layer="a", weights_sha256="b")
    with pytest.raises(InputError, match="finite"):
        Meaning.read(tmp_path / "other.npz")


def test_a_word_is_learnt_from_a_few_pictures(home: Path, bundled: Network, photo: Picture) -> None:
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:120, :160]
    rings = np.sin(np.hypot(rows - 60, columns - 80) / 2)[..., None] * np.array([0.4, 0.1, 0.4]) + 0.5
    pictures = [np.clip(rings + rng.normal(0, 0.05, rings.shape), 0, 1).astype(np.float32) for _ in range(6)]
    (home / "rings").mkdir()
    for number, picture in enumerate(pictures):
        write_still(home / "rings" / f"{number}.png", picture)
    result = CliRunner().invoke(app, ["learn", "rings", str(home / "rings")])
    assert result.exit_code == 0 and Path(result.stdout.strip()) == word_path("rings")
    assert "rings" in CliRunner().invoke(app, ["words", "ring"]).stdout
    dreamer = Dreamer(bundled, QUICK)
    along = [dreamer.value(picture, of("rings")) for picture in (read_still(home / "rings" / "0.png"), photo)]
    assert along[0] > 5 * along[1]
    with pytest.raises(ConfigError, match="5 to 50"):
        learn("rings", pictures[:4], bundled)
    with pytest.raises(ConfigError, match="letters"):
        word_path("../rings")


def test_a_journey_of_words_visits_each_in_order(bundled: Network, photo: Picture) -> None:
    zoom = ZoomConfig(duration=Fraction(8), journey="lion, starfish=2 + coral, penguin", journey_seconds=3)
    dreamer = Dreamer(bundled, QUICK)
    journey = plan_journey(Recipe(dream=QUICK, zoom=zoom), dreamer)
    assert journey is not None

    def seen(t: float) -> np.ndarray:
        return np.asarray(journey.objective(t, photo).bind(bundled, "mean_square").numbers[0][0])

    starfish, coral, lion, penguin = (find(Word(name)).vector for name in ("starfish", "coral", "lion", "penguin"))
    np.testing.assert_allclose(seen(0), lion, atol=1e-6)
    np.testing.assert_allclose(seen(3), (2 * starfish + coral) / 3, atol=1e-6)
    np.testing.assert_allclose(seen(7.9), penguin, atol=1e-6)
    looped = plan_journey(Recipe(dream=QUICK, zoom=replace(zoom, loop=True)), dreamer)
    assert looped is not None
    ends = [looped.objective(t, photo).bind(bundled, "mean_square").numbers[0][0] for t in (0.0, 8 - 1e-6)]
    np.testing.assert_allclose(*ends, atol=1e-4)


def test_an_atlas_shows_the_words_that_are_asked_for(tmp_path: Path, photo: Picture, bundled: Network) -> None:
    recipe = Recipe(dream=replace(QUICK, of=(Word("lion", 2.0),), layers=(Layer("mixed5"),)))
    entries = atlas_entries(bundled, recipe, photo, None)
    assert [str(entry) for entry in entries] == ["lion=2", "mixed5"]
    dreamer = Dreamer(bundled, recipe.dream)
    values = [dreamer.value(photo, objective_of(entry, recipe, dreamer)) for entry in entries]
    assert values == [dreamer.value(photo, of("lion")), dreamer.value(photo, layer("mixed5"))]


def test_a_picture_shows_the_first_moment_of_a_schedule(tmp_path: Path, photo: Picture) -> None:
    write_still(tmp_path / "photo.png", photo)
    whole = Recipe(dream=QUICK, schedules=(("dream.of", "0s: lion, 4s: castle"),))
    pictures = [
        read_still(dream_image(tmp_path / "photo.png", tmp_path / f"{number}.png", recipe).path)
        for number, recipe in enumerate((whole, Recipe(dream=replace(QUICK, of=(Word("lion"),)))))
    ]
    np.testing.assert_array_equal(*pictures)
