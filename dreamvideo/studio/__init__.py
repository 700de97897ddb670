"""A local page to play with: one picture or clip, a look chosen by eye, one frame that dreams while you watch.

`choices` is what can be set and the recipe it makes, `command` that recipe as a command line, `actions` what the
buttons do, as generators that know nothing of a page; `work` runs them beside it. `page` is the layout, in Gradio,
`guard` keeps other sites out, `server` puts it on a port of this machine alone.
"""
