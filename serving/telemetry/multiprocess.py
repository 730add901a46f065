"""Where the counters of several worker processes are; free of prometheus_client.

prometheus_client looks at the variable when it is imported, so who starts the workers must not
import it, but has to set this.
"""

SHARED = "PROMETHEUS_MULTIPROC_DIR"
