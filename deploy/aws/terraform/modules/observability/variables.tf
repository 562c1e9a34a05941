variable "account_id" {
  type = string
}

variable "region" {
  type = string
}

variable "addresses" {
  type = list(string)
}

variable "key_arn" {
  type = string
}

variable "balancer" {
  type = string
}

variable "target" {
  type = string
}

variable "firewall" {
  type = string
}

variable "cluster" {
  type = string
}

variable "cluster_arn" {
  type = string
}

variable "service" {
  type = string
}

variable "tasks" {
  type = number
}

variable "database" {
  type = string
}

variable "replica" {
  description = "The read replica; empty: there is none."
  type        = string
}

variable "connections" {
  type = number
}

variable "cache" {
  type = list(string)
}

variable "dead_queue" {
  type = string
}

variable "log_group" {
  type = string
}
