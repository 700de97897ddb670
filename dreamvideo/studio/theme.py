"""The theme: dark, with fonts that every machine has."""

from __future__ import annotations

from typing import Any

_FACES = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Cantarell", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")


def theme_of(gradio: Any) -> Any:
    """Make the theme with the module `gradio`."""
    ink = gradio.themes.Color(
        *("#f4f2f8", "#ece8f4", "#d8d2e4", "#cbc5d8", "#a39db3", "#7c768c", "#4b4559", "#332e40", "#221e2e", "#17141f"),
        "#0d0b12",
    )
    amber = gradio.themes.Color(
        *("#fdf1e4", "#fbe2c8", "#f9d1a8", "#f7c08a", "#f4b073", "#f0a35e", "#d9853a", "#b0682a", "#824d20", "#57351a"),
        "#331f11",
    )
    theme = gradio.themes.Base(primary_hue=amber, secondary_hue=amber, neutral_hue=ink, font=_FACES, font_mono=_MONO)
    theme = theme.set(
        body_background_fill_dark="*neutral_950",
        block_background_fill_dark="*neutral_900",
        block_border_color_dark="*neutral_800",
        border_color_primary_dark="*neutral_800",
        input_background_fill_dark="*neutral_800",
        button_primary_background_fill_dark="linear-gradient(100deg, #f0a35e, #d9598c)",
        button_primary_background_fill_hover_dark="linear-gradient(100deg, #f7b87d, #e56f9e)",
        button_primary_text_color_dark="#14101c",
        slider_color_dark="*primary_500",
        checkbox_label_background_fill_selected_dark="*primary_500",
        checkbox_label_text_color_selected_dark="#14101c",
    )
    for name in [name for name in vars(theme) if name.endswith("_dark")]:
        value = getattr(theme, name)
        if value is not None:
            setattr(theme, name.removesuffix("_dark"), value)
    return theme
