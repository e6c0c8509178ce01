"""Lines of documents, as hypothesis makes them up."""

from hypothesis import strategies as st

# One line of a document, as reading gives it: no white space at the ends, no control characters.
MARKUP = r"*_[]<>&`#{}\+-.!|=:~1一、(一) "
ANYTHING = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
line = (
    st.text(ANYTHING | st.sampled_from(MARKUP), min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
