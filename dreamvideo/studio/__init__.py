"""A local web page: choose a look by eye, and watch it being dreamed.

`choices` holds the controls, and makes a recipe; `command` writes it as a command line. `actions` are the tries,
independent of the page; `queue` runs them. `layout` and `page` are the page, in Gradio, and `handlers` its events.
`guard` keeps other sites out, and `server` serves the page to this machine only.
"""
