"""Values for every switch of the chart, used by all tests."""

from typing import Any, Final

import yaml

from calendar_helm.rendering import CHART, DEFAULTS, Values

PRODUCTION: Final[Values] = yaml.safe_load((CHART / "values-production.yaml").read_text())

OWN_SERVERS: Final[Values] = {
    "postgres": {"enabled": False},
    "database": {"existingSecret": "db"},
    "kafka": {"enabled": False, "bootstrapServers": "a.example.com:9092,b.example.com:9092"},
}

_EVERYWHERE: Final[dict[str, Any]] = {
    "podAnnotations": {"example.com/a": "1"},
    "podLabels": {"example.com/l": "1"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "important",
    "image": {"digest": "sha256:" + "0" * 64},
}
_OF_SERVICES: Final[dict[str, Any]] = {
    **_EVERYWHERE,
    "topologySpreadConstraints": [
        {"topologyKey": "rack", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    ],
    "extraEnv": [{"name": "TZ", "value": "UTC"}],
    "extraVolumes": [{"name": "more", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "more", "mountPath": "/more"}],
}

SETUPS: Final[dict[str, Values]] = {
    "defaults": DEFAULTS,
    "production": PRODUCTION,
    "own servers": OWN_SERVERS,
    "servers alone": {
        "api": {"replicas": 0},
        "scheduler": {"replicas": 0},
        "storer": {"replicas": 0},
        "tests": {"enabled": False},
    },
    "three of each": {
        "api": {"replicas": 3},
        "scheduler": {"replicas": 3},
        "storer": {"replicas": 3, "podDisruptionBudget": {"maxUnavailable": "50%"}},
    },
    "autoscaling": {
        "api": {"autoscaling": {"enabled": True}},
        "storer": {"scaledObject": {"enabled": True}},
    },
    "policies": {"networkPolicy": {"enabled": True}},
    "strict policies": {
        **OWN_SERVERS,
        "networkPolicy": {
            "enabled": True,
            "apiFrom": [{"namespaceSelector": {}}],
            "metricsFrom": [{"podSelector": {}}],
            "database": {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "port": 6432},
            "kafka": {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "port": 9093},
            "webhooks": {"to": [{"ipBlock": {"cidr": "10.2.0.0/16"}}], "ports": [443, 8443]},
        },
        "storer": {"webhooks": {"existingSecret": "webhooks"}},
    },
    "webhooks": {
        "storer": {
            "webhooks": {
                "existingSecret": "webhooks",
                "key": "list",
                "caSecret": "receivers-ca",
            },
            "retention": "P365D",
        },
        "networkPolicy": {"enabled": True},
    },
    "from outside": {
        "api": {
            "service": {"type": "NodePort", "nodePort": 30080, "annotations": {"a": "b"}},
            "ingress": {
                "enabled": True,
                "className": "nginx",
                "annotations": {"a": "b"},
                "hosts": ["calendar.example.com"],
                "tls": [{"secretName": "cert", "hosts": ["calendar.example.com"]}],
            },
            "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
        }
    },
    "watched": {
        "monitoring": {
            "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
            "prometheusRule": {"enabled": True},
            "dashboards": {"enabled": True, "annotations": {"grafana_folder": "Calendar"}},
        }
    },
    "everything secured": {
        "postgres": {"enabled": False},
        "database": {"existingSecret": "db", "sslMode": "verify-full", "caSecret": "db-ca"},
        "migrations": {"existingSecret": "owner", "storer": {"existingSecret": "storer-owner"}},
        "kafka": {
            "enabled": False,
            "bootstrapServers": "kafka.example.com:9093",
            "securityProtocol": "SASL_SSL",
            "saslMechanism": "SCRAM-SHA-512",
            "existingSecret": "kafka",
            "caSecret": "kafka-ca",
            "clientSecret": "kafka-client",
        },
        "storer": {
            "database": {"existingSecret": "storer-db", "key": "uri"},
            "scaledObject": {"enabled": True},
        },
    },
    "tls without sasl": {
        **OWN_SERVERS,
        "kafka": {
            "enabled": False,
            "bootstrapServers": "kafka.example.com:9093",
            "securityProtocol": "SSL",
            "clientSecret": "kafka-client",
        },
    },
    "placed": {
        "image": {"registry": "registry.example.com/team/", "pullSecrets": ["pull"]},
        "serviceAccount": {"create": False},
        "api": {**_OF_SERVICES, "replicas": 2},
        "scheduler": _OF_SERVICES,
        "storer": _OF_SERVICES,
        "postgres": {**_EVERYWHERE, "persistence": {"storageClass": "fast"}},
        "kafka": {"broker": {**_EVERYWHERE, "persistence": {"storageClass": "fast"}}},
        "tests": {**_EVERYWHERE, "args": ["-m", "not retention"]},
    },
    "without migrations": {"migrations": {"enabled": False}},
    "renamed": {"fullnameOverride": "agenda", "nameOverride": "planner"},
}
