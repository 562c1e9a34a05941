variable "account_id" {
  type = string
}

variable "region" {
  type = string
}

variable "environment" {
  type = string
}

variable "whole" {
  description = "The platform itself; without it only what previews share: cluster, log group, roles."
  type        = bool
}

variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "group" {
  type = string
}

variable "proxies" {
  type = list(string)
}

variable "target_group" {
  type = string
}

variable "listener" {
  type = string
}

variable "domain" {
  type = string
}

variable "frontend_url" {
  type = string
}

variable "insurer" {
  type = object({ name = string, address = string, mail_from = string })
}

variable "secrets" {
  type = map(string)
}

variable "file_system" {
  type = object({ id = string, arn = string, access_point = string, access_arn = string })
}

variable "image" {
  description = "The repository; which image of it runs is the pipeline's business."
  type        = string
}

variable "size" {
  type = object({ tasks = number, tasks_max = number, workers = number, pool_size = number, pool_overflow = number })
}

variable "clamd_address" {
  type = string
}

variable "otlp_endpoint" {
  type = string
}

variable "payments" {
  type = string
}

variable "key_arn" {
  type = string
}

variable "log_days" {
  type = number
}

variable "permissions_to" {
  description = "The pipeline's deploy role: what it may do is written here, beside what it is done to."
  type        = string
}
