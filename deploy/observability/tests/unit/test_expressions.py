import pytest

from calendar_observability.expressions import metrics, selectors

EXPRESSION = 'sum by (le) (rate(x_bucket{job="a"}[5m])) / y > 1 or absent(z{s=~"5.."}) unless y'


def test_selectors_are_found_wherever_they_stand() -> None:
    assert selectors(EXPRESSION) == {'x_bucket{job="a"}', "y{}", 'z{s=~"5.."}'}


def test_metrics_are_the_selectors_names() -> None:
    assert metrics(EXPRESSION) == {"x_bucket", "y", "z"}


def test_a_selector_must_name_its_metric() -> None:
    with pytest.raises(ValueError, match="without a metric's name"):
        metrics('up + {job="a"}')


def test_what_is_no_promql_is_refused() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        selectors("sum(up")
