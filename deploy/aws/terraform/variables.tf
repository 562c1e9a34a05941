# One account an environment, so that names are the same in all of them and no mistake in one reaches another.
variable "account_id" {
  description = "The account of this environment; another one's is refused."
  type        = string
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "environment" {
  type = string
  validation {
    condition     = contains(["preview", "staging", "production"], var.environment)
    error_message = "preview, staging or production."
  }
}

variable "domain" {
  description = "Where the API and the workbench are served; preview environments under it (pr-12.DOMAIN)."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone that `domain` is in."
  type        = string
}

variable "frontend_url" {
  description = "The frontend: its origin may call the API, and letters lead to it."
  type        = string
}

variable "repository" {
  description = "Owner and name on GitHub as its tokens name them, owner/name or owner@NUMBER/name@NUMBER (docs/aws.md): its pipeline may push images and deploy."
  type        = string
}

variable "alarm_addresses" {
  description = "E-mail addresses that are told of alarms; each confirms once."
  type        = list(string)
  default     = []
}

variable "insurer" {
  description = "The company in the letterhead, and who letters come from."
  type = object({
    name      = string
    address   = string
    mail_from = string
  })
}

variable "with_vpn" {
  description = "A VPN gateway, for staff or a core system in a network of their own."
  type        = bool
  default     = false
}

variable "image_accounts" {
  description = "Accounts that may pull this account's images: production holds them for staging."
  type        = list(string)
  default     = []
}

variable "image_repository" {
  description = "Another account's repository that images come from; empty is this account's own."
  type        = string
  default     = ""
}

variable "clamd_address" {
  description = "A ClamAV daemon inside the VPC, host:port; empty: documents are marked as not scanned."
  type        = string
  default     = ""
}

variable "otlp_endpoint" {
  description = "A collector of traces, inside the VPC with its port (http://collector:4318) or anywhere by https on 443; empty: none are sent."
  type        = string
  default     = ""
}

variable "payment_provider" {
  type    = string
  default = "none"
}

variable "size" {
  description = "How large everything is. docs/aws.md says what each costs."
  type = object({
    nat_gateways    = number # one, or one a zone
    endpoints       = bool   # AWS's interfaces inside the VPC instead of through NAT
    log_days        = number
    tasks           = number
    tasks_max       = number
    workers         = number
    pool_size       = number
    pool_overflow   = number
    database_class  = string
    database_gb     = number
    database_max_gb = number
    replica_class   = optional(string, "") # a read replica's, for lists and reports; empty: there is none
    connections     = number               # max_connections; about 110 for each GiB of memory
    multi_zone      = bool
    backup_days     = number
    cache_type      = string
    protected       = bool # deletion protection, final snapshots
  })
}
