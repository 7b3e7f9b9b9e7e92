"""Views of results.json: the HTML report and the summary for a terminal."""
