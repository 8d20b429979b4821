import pytest

from calendar_observability.expressions import metrics, selectors

EXPRESSION = 'sum by (le) (rate(x_bucket{job="a"}[5m])) / y > 1 or absent(z{s=~"5.."}) unless y'


def test_selectors_are_found_in_nested_expressions() -> None:
    assert selectors(EXPRESSION) == {'x_bucket{job="a"}', "y{}", 'z{s=~"5.."}'}


def test_metrics_are_the_names_of_the_selectors() -> None:
    assert metrics(EXPRESSION) == {"x_bucket", "y", "z"}


def test_selector_without_metric_name_is_rejected() -> None:
    with pytest.raises(ValueError, match="without a metric name"):
        metrics('up + {job="a"}')


def test_invalid_promql_is_rejected() -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        selectors("sum(up")
