variable "subnets" {
  type = list(string)
}

variable "database_group" {
  type = string
}

variable "cache_group" {
  type = string
}

variable "files_group" {
  type = string
}

variable "key_arn" {
  type = string
}

variable "database_class" {
  type = string
}

variable "database_gb" {
  type = number
}

variable "database_max_gb" {
  type = number
}

variable "replica_class" {
  description = "A read replica's; empty: there is none."
  type        = string
}

variable "connections" {
  type = number
}

variable "multi_zone" {
  type = bool
}

variable "backup_days" {
  type = number
}

variable "cache_type" {
  type = string
}

variable "protected" {
  type = bool
}

variable "log_days" {
  type = number
}
